namespace HilBench.Scenarios;

/// <summary>How a litmus test is explored.</summary>
public sealed record ExploreOptions
{
    /// <summary>The host; the test adds its own placements.</summary>
    public BenchOptions Bench { get; init; } = new();

    /// <summary>Where it stops.</summary>
    public ExploreBounds Bounds { get; init; } = new();

    /// <summary>Whether orders that cannot matter are left out. Off only to show that nothing is lost.</summary>
    public bool IsReduced { get; init; } = true;

    /// <summary>Whether a state that was seen is not looked at again. Off only to show that nothing is lost.</summary>
    public bool IsMerged { get; init; } = true;
}
