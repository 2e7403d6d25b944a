namespace HilBench.Clients;

/// <summary>What an archetype is, for lists and files.</summary>
/// <param name="Id">As scenario files name it.</param>
/// <param name="Kind">The archetype.</param>
/// <param name="About">One sentence.</param>
/// <param name="StandsFor">Rows of the notifier specification (3.1) that it models, and their names.</param>
/// <param name="Faults">The mistakes that it can make.</param>
public sealed record ClientDescription(
    string Id, ClientKind Kind, string About, string StandsFor, IReadOnlyList<ClientFault> Faults);
