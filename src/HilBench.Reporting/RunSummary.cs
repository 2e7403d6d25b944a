using System.Globalization;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>A run in one sentence.</summary>
public static class RunSummary
{
    /// <summary>How many passed, failed and so on, and how much was looked at; without wall-clock time.</summary>
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
