using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>How a run failed: what a replay must show again.</summary>
/// <param name="Verdict">Failed, or Error.</param>
/// <param name="Rule">The rule that was broken first; null: none.</param>
/// <param name="Time">When, in device cycles.</param>
/// <param name="Reason">What was seen.</param>
public sealed record ExpectedFailure(Verdict Verdict, string? Rule, ulong Time, string Reason)
{
    private static readonly string[] _uses = ["ATS-CPL-", "ATS-TRN-", "ATS-INV-", "ATS-ORD-"];

    /// <summary>How a scenario failed; null: it did not.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="isStrict">Whether warnings are failures.</param>
    public static ExpectedFailure? Of(ScenarioResult result, bool isStrict)
    {
        if (result.Verdict is not (Verdict.Failed or Verdict.Error))
        {
            return null;
        }

        foreach (var violation in result.Violations)
        {
            if (ScenarioExecution.IsFailure(violation, isStrict))
            {
                return new ExpectedFailure(result.Verdict, violation.Rule.Id, violation.Time, violation.Reason);
            }
        }

        return new ExpectedFailure(result.Verdict, null, result.Cycles, result.Note ?? string.Empty);
    }

    /// <summary>
    /// Whether another failure is of the same kind: it breaks the same rule, or one of those that tell what is wrong with the use
    /// of a translation (which of them speaks first is a matter of cycles), or is the same trouble of the bench.
    /// </summary>
    public bool IsLike(ExpectedFailure other) => Verdict == other.Verdict
        && (Rule == other.Rule ? Rule is not null || Kind(Reason) == Kind(other.Reason) : IsUse(Rule) && IsUse(other.Rule));

    private static bool IsUse(string? rule) => rule is not null && _uses.Any(group => rule.StartsWith(group, StringComparison.Ordinal));

    // Numbers and places differ from run to run; the words in front of them do not.
    private static string Kind(string reason)
    {
        var end = reason.AsSpan().IndexOfAnyInRange('0', '9');
        return end < 0 ? reason : reason[..end];
    }
}
