namespace HilBench.Checking;

/// <summary>Adds up what several functions or scenarios have seen.</summary>
public static class InvalidationBins
{
    /// <summary>One bin for each kind, in the order in which they first come.</summary>
    public static IReadOnlyList<InvalidationBin> Sum(IEnumerable<InvalidationBin> bins) =>
        [.. bins.GroupBy(bin => bin with { Count = 0 }).Select(group => group.Key with { Count = group.Sum(bin => bin.Count) })];

    /// <summary>What a whole run has seen.</summary>
    public static IReadOnlyList<InvalidationBin> Of(RunResult run) => Sum(run.Scenarios.SelectMany(scenario => scenario.Bins));
}
