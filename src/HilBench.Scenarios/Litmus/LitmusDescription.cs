namespace HilBench.Scenarios;

/// <summary>A litmus test as lists show it.</summary>
/// <param name="Id">Its name: L1, L13a.</param>
/// <param name="Title">What it is about, in a few words.</param>
/// <param name="About">What it shows.</param>
/// <param name="File">The file in suites/litmus.</param>
public sealed record LitmusDescription(string Id, string Title, string About, string File)
{
    /// <summary>Commits of the kernel that it is about, with what their logs claim.</summary>
    public IReadOnlyList<(string Commit, string Claim)> Commits { get; init; } = [];

    /// <summary>What the text says of it, by kernels and changes: "linux-4.12..linux-6.18 with cow=E: reachable".</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>Names of its threads.</summary>
    public IReadOnlyList<string> Threads { get; init; } = [];
}
