using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>A rule that was broken in an exploration.</summary>
/// <param name="First">As it was found first, with its evidence.</param>
/// <param name="States">States on the way to which it was broken.</param>
/// <param name="Shortest">A schedule with the fewest choices that breaks it.</param>
public sealed record ExploredViolation(Violation First, long States, IReadOnlyList<string> Shortest)
{
    /// <summary>
    /// The shortest way on which it was seen. States are equal to the explorer whatever the checker remembers, so that the
    /// schedule with the fewest choices may lead to the same state and not break the rule; this one does.
    /// </summary>
    public IReadOnlyList<string> Walked { get; init; } = [];

    /// <summary>Whether the device is to blame, and not the kernel that is modelled.</summary>
    public bool IsOfDevice => IsDevices(First);

    internal static bool IsDevices(Violation violation) =>
        violation.Rule is { Subject: not RuleSubject.Host, Severity: >= RuleSeverity.Error, Confidence: not RuleConfidence.C };
}
