namespace HilBench.Scenarios;

/// <summary>One litmus test of a report.</summary>
public sealed record ExploredTest
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about.</summary>
    public required string Title { get; init; }

    /// <summary>The kernel that it ran on.</summary>
    public required string Profile { get; init; }

    /// <summary>What was found; null: it was not explored.</summary>
    public ExploreResult? Result { get; init; }

    /// <summary>
    /// Replay files: one for each forbidden outcome, by its text, and for each rule that the device broke, by its id.
    /// </summary>
    public IReadOnlyDictionary<string, ReplayFile> Replays { get; init; } = new Dictionary<string, ReplayFile>();

    /// <summary>Why it was not explored; null: it was.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the expected table says that something forbidden can be reached; null: it says nothing of this case.</summary>
    public bool? IsExpectedReachable { get; init; }

    /// <summary>
    /// Whether it differs from the expected table. What a cut exploration has not reached yet is no difference.
    /// </summary>
    public bool IsSurprising => Result is { } result && IsExpectedReachable is { } expected
        && (expected ? result.IsComplete && !IsReached(result) : IsReached(result));

    private static bool IsReached(ExploreResult result) => result.Outcomes.Any(outcome => outcome.Verdict == LitmusVerdict.Forbidden);
}
