using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>The rules over all scenarios of a run.</summary>
internal static class RuleTotals
{
    /// <summary>Counts added up, in the order of the catalogue; only rules that were put to the test.</summary>
    public static IReadOnlyList<RuleCount> Of(RunResult run)
    {
        var sums = new Dictionary<string, (long Checked, long Broken)>(StringComparer.Ordinal);
        foreach (var count in run.Scenarios.SelectMany(scenario => scenario.Rules))
        {
            var sum = sums.GetValueOrDefault(count.Rule);
            sums[count.Rule] = (sum.Checked + count.Checked, sum.Broken + count.Broken);
        }

        var order = RuleCatalogue.All.Select((rule, index) => (rule.Id, index)).ToDictionary(pair => pair.Id, pair => pair.index);
        return [.. sums
            .Where(pair => pair.Value.Checked > 0 || pair.Value.Broken > 0)
            .OrderBy(pair => order.GetValueOrDefault(pair.Key, int.MaxValue))
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new RuleCount(pair.Key, pair.Value.Checked, pair.Value.Broken))];
    }
}
