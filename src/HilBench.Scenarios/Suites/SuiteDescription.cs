namespace HilBench.Scenarios;

/// <summary>What a suite is, for lists.</summary>
/// <param name="Name">As the command line takes it.</param>
/// <param name="About">One sentence.</param>
public sealed record SuiteDescription(string Name, string About)
{
    /// <summary>Another suite whose scenarios run first; null: none.</summary>
    public string? Includes { get; init; }
}
