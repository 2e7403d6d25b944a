namespace HilBench.Scenarios;

/// <summary>A thread as a litmus file has it.</summary>
/// <param name="Name">T0, T1, ... for CPUs; D0, D1, ... for devices.</param>
/// <param name="Place">Where it begins.</param>
/// <param name="Steps">Its steps.</param>
internal sealed record LitmusThreadText(string Name, Place Place, IReadOnlyList<LitmusStep> Steps)
{
    /// <summary>Whether its reads and writes are a device's.</summary>
    public bool IsDevice => Name[0] == 'D';
}
