namespace HilBench.Scenarios;

/// <summary>What an exploration has found.</summary>
public sealed record ExploreResult
{
    /// <summary>The test.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about.</summary>
    public required string Title { get; init; }

    /// <summary>States that were told apart.</summary>
    public required int States { get; init; }

    /// <summary>Steps that were tried.</summary>
    public required long Transitions { get; init; }

    /// <summary>Searches that were begun anew because a place turned out to be shared.</summary>
    public required int Restarts { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The bound that cut it off; null: it is complete.</summary>
    public required string? Cut { get; init; }

    /// <summary>Outcomes, by their text.</summary>
    public required IReadOnlyList<ExploredOutcome> Outcomes { get; init; }

    /// <summary>Rules that were broken.</summary>
    public required IReadOnlyList<ExploredViolation> Violations { get; init; }

    /// <summary>Whether everything was seen.</summary>
    public bool IsComplete => Cut is null;

    /// <summary>Ways through the explored states to their ends.</summary>
    public double Schedules => Outcomes.Sum(outcome => outcome.Schedules);

    /// <summary>States found in a second.</summary>
    public double StatesPerSecond => States / Math.Max(Elapsed.TotalSeconds, 1e-9);

    /// <summary>Whether an outcome was reached that the test forbids, or the device broke a rule.</summary>
    public bool IsForbiddenReached => Outcomes.Any(outcome => outcome.Verdict == LitmusVerdict.Forbidden) || HasDeviceViolation;

    /// <summary>Whether the device broke a rule.</summary>
    public bool HasDeviceViolation => Violations.Any(violation => violation.IsOfDevice);
}
