namespace HilBench.Scenarios;

/// <summary>What explorations have found.</summary>
public sealed record ExploreReport
{
    /// <summary>The device's URI.</summary>
    public required string Device { get; init; }

    /// <summary>Each test, in the order of the catalogue.</summary>
    public required IReadOnlyList<ExploredTest> Tests { get; init; }

    /// <summary>All together.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Whether it was interrupted.</summary>
    public required bool IsInterrupted { get; init; }

    /// <summary>What a single exploration that was cut off needs to go on; null: it is complete, or there were several.</summary>
    public byte[]? Resume { get; init; }

    /// <summary>Tests that were explored to their end.</summary>
    public int Complete => Tests.Count(test => test.Result is { IsComplete: true });

    /// <summary>Tests whose result is not what the expected table says.</summary>
    public int Surprising => Tests.Count(test => test.IsSurprising);

    /// <summary>Tests that reached something forbidden.</summary>
    public int Forbidden => Tests.Count(test => test.Result is { IsForbiddenReached: true });
}
