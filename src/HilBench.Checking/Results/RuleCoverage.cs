namespace HilBench.Checking;

/// <summary>What a run says about one rule.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="State">How far it was exercised.</param>
/// <param name="Checked">Times that it was put to the test.</param>
/// <param name="Caught">Times that it was broken.</param>
/// <param name="Reason">Why it was not exercised; null: it was.</param>
public sealed record RuleCoverage(Rule Rule, RuleCoverageState State, long Checked, long Caught, string? Reason)
{
    /// <summary>Every rule of the catalogue, in its order.</summary>
    public static IReadOnlyList<RuleCoverage> Of(RunResult run)
    {
        var sums = run.Scenarios.SelectMany(scenario => scenario.Rules)
            .GroupBy(count => count.Rule, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => (Checked: group.Sum(count => count.Checked), Broken: group.Sum(count => count.Broken)), StringComparer.Ordinal);
        return [.. RuleCatalogue.All.Select(rule => Of(rule, run, sums.GetValueOrDefault(rule.Id)))];
    }

    private static RuleCoverage Of(Rule rule, RunResult run, (long Checked, long Broken) sum)
    {
        if (sum.Checked > 0 || sum.Broken > 0)
        {
            return new RuleCoverage(rule, RuleCoverageState.Exercised, sum.Checked, sum.Broken, null);
        }

        if (!Checker.Implementers.ContainsKey(rule.Id))
        {
            return new RuleCoverage(rule, RuleCoverageState.NotImplemented, 0, 0, "this version does not check it");
        }

        var about = run.Scenarios.Where(scenario => scenario.Focus.Contains(rule.Id)).ToList();
        var lacking = about.FirstOrDefault(scenario => scenario.Verdict == Verdict.NotApplicable);
        return lacking is not null && about.TrueForAll(scenario => scenario.Verdict == Verdict.NotApplicable)
            ? new RuleCoverage(rule, RuleCoverageState.NotApplicable, 0, 0, lacking.Note)
            : new RuleCoverage(rule, RuleCoverageState.NotExercised, 0, 0, "no scenario of this run put it to the test");
    }
}
