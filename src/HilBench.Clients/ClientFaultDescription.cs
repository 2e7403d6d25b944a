namespace HilBench.Clients;

/// <summary>What a mistake of a subscriber is, for lists and files.</summary>
/// <param name="Id">B1 to B22 of the notifier specification (3.2), or the litmus that it comes from.</param>
/// <param name="Fault">The mistake.</param>
/// <param name="Name">What the client does, in words.</param>
/// <param name="Kernels">Where it existed, or can exist.</param>
/// <param name="Consequence">What is seen.</param>
public sealed record ClientFaultDescription(
    string Id, ClientFault Fault, string Name, string Kernels, string Consequence)
{
    /// <summary>The archetypes that can make it.</summary>
    public IReadOnlyList<ClientDescription> Clients =>
        [.. ClientCatalogue.All.Where(known => known.Faults.Contains(Fault))];
}
