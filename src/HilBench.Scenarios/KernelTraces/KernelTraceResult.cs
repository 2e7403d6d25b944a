namespace HilBench.Scenarios.KernelTraces;

/// <summary>How one trace compares.</summary>
/// <param name="File">Its path from the folder that was checked.</param>
/// <param name="Name">Its name.</param>
/// <param name="Profile">The profile with which it was replayed.</param>
/// <param name="Differences">In the order of the steps; none when the engine behaves as the kernel did.</param>
public sealed record KernelTraceResult(
    string File, string Name, string Profile, IReadOnlyList<TraceDifference> Differences)
{
    /// <summary>Whether the engine behaves as the kernel did.</summary>
    public bool IsMatching => Differences.Count == 0;
}
