using System.Globalization;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>A run in one sentence.</summary>
public static class RunSummary
{
    private const int NamedMax = 12;

    /// <summary>How far the rules were exercised, in one line.</summary>
    public static string Coverage(RunResult run)
    {
        var rows = RuleCoverage.Of(run);
        var missed = rows.Where(row => row.State == RuleCoverageState.NotExercised).Select(row => row.Rule.Id).ToList();
        var text = Say($"coverage: {Count(RuleCoverageState.Exercised)} of {rows.Count} rules exercised, {rows.Count(row => row.Caught > 0)} of them broken");
        text += Count(RuleCoverageState.NotApplicable) is > 0 and var lacking ? Say($", {lacking} not applicable to this device") : string.Empty;
        text += Count(RuleCoverageState.NotImplemented) is > 0 and var unknown ? Say($", {unknown} not checked by this version") : string.Empty;
        text += missed.Count is > 0 and <= NamedMax ? $", not exercised: {string.Join(' ', missed)}"
            : missed.Count > 0 ? Say($", {missed.Count} not exercised") : string.Empty;
        return Say($"{text}; {InvalidationBins.Of(run).Count} kinds of invalidation.");

        int Count(RuleCoverageState state) => rows.Count(row => row.State == state);
    }

    /// <summary>The verdicts of a run, and what was checked, in one sentence.</summary>
    public static string Sentence(RunResult run)
    {
        var parts = new List<string> { Say($"{run.Count(Verdict.Passed)} passed"), Say($"{run.Count(Verdict.Failed)} failed") };
        Add(run.Count(Verdict.KnownUnsafe), "known unsafe");
        Add(run.Count(Verdict.NotApplicable), "not applicable");
        Add(run.Count(Verdict.Error), run.Count(Verdict.Error) == 1 ? "error" : "errors");
        var rules = RuleTotals.Of(run);
        var verdicts = string.Join(", ", parts);
        var tlps = run.Scenarios.Sum(scenario => scenario.TlpsToDevice + scenario.TlpsFromDevice);
        var interrupted = run.IsInterrupted ? " (interrupted: the rest did not run)" : "";
        return Say($"{verdicts}{interrupted}; {rules.Count} rules checked {rules.Sum(rule => rule.Checked):N0} times on {tlps:N0} TLPs.");

        void Add(int count, string what)
        {
            if (count > 0)
            {
                parts.Add(Say($"{count} {what}"));
            }
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
