using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>The matrix of all rules: which were put to the test in this run, and which were broken.</summary>
internal static class HtmlRules
{
    public static void Write(HtmlPage page, RunResult run)
    {
        var totals = RuleTotals.Of(run).ToDictionary(count => count.Rule, StringComparer.Ordinal);
        var excused = ExcusedOf(run);
        var covered = RuleCatalogue.All.Count(rule => totals.ContainsKey(rule.Id));
        page.Raw("<section id=\"rules\"><h2>Rules checked</h2>\n");
        page.Add($"<p>{covered} of {RuleCatalogue.All.Count} rules of the catalogue were put to the test, {totals.Values.Sum(count => count.Checked)} times in all. ");
        page.Raw("<span class=\"needs-script\">Choose a rule to see the scenarios that tested it.</span></p>\n<div class=\"sheet\">\n");
        page.Raw("<div class=\"families\">\n");
        foreach (var family in RuleCatalogue.All.GroupBy(rule => Prefix(rule.Id)))
        {
            var rules = family.ToList();
            page.Add($"<div class=\"family\"><h3>{Title(family.Key)}<small>{family.Key} &#183; {rules.Count(rule => totals.ContainsKey(rule.Id))} of {rules.Count}</small></h3><div class=\"tiles\">\n");
            foreach (var rule in rules)
            {
                WriteTile(page, rule, totals.GetValueOrDefault(rule.Id), excused.Contains(rule.Id));
            }

            page.Raw("</div></div>\n");
        }

        page.Raw("</div>\n");
        WriteTable(page, run);
        page.Raw("</div></section>\n");
    }

    /// <summary>Rules that only a kernel broke that is known for it.</summary>
    private static HashSet<string> ExcusedOf(RunResult run)
    {
        var broken = run.Scenarios.SelectMany(scenario =>
            scenario.Rules.Where(count => count.Broken > 0).Select(count => (count.Rule, scenario.Verdict)));
        return [.. broken.GroupBy(pair => pair.Rule).Where(group => group.All(pair => pair.Verdict == Verdict.KnownUnsafe))
            .Select(group => group.Key)];
    }

    private static void WriteTile(HtmlPage page, Rule rule, RuleCount? count, bool isExcused)
    {
        var state = isExcused ? "warn" : State(rule, count);
        var words = count is null ? "not checked in this run"
            : $"{Plural(count.Checked, "check")}, {count.Broken} broken{(isExcused ? " by a kernel that is known for it" : "")}";
        page.Add($"<button type=\"button\" class=\"tile {state}\" data-rule=\"{rule.Id}\" title=\"{rule.Id}: {rule.Sentence} ({words})\" aria-label=\"{rule.Id}, {words}\">{rule.Id[(rule.Id.LastIndexOf('-') + 2)..]}</button>\n");
    }

    private static void WriteTable(HtmlPage page, RunResult run)
    {
        page.Raw("<details class=\"all-rules\"><summary>All rules in words</summary><div class=\"table-frame\"><table class=\"broken-rules\"><thead><tr>");
        page.Raw("<th scope=\"col\">rule</th><th scope=\"col\">what must hold</th><th scope=\"col\" class=\"n\">exercised</th><th scope=\"col\" class=\"n\">caught</th><th scope=\"col\">why not</th></tr></thead><tbody>\n");
        foreach (var row in RuleCoverage.Of(run))
        {
            page.Add($"<tr><td class=\"mono\">{row.Rule.Id}</td><td>{row.Rule.Sentence}</td><td class=\"n\">{row.Checked}</td><td class=\"n\">{row.Caught}</td><td>{row.Reason ?? string.Empty}</td></tr>\n");
        }

        page.Raw("</tbody></table></div></details>\n");
    }

    private static string State(Rule rule, RuleCount? count) => count switch
    {
        null => "none",
        { Broken: 0 } => "good",
        _ => rule.Confidence == RuleConfidence.C || rule.Severity < RuleSeverity.Error ? "warn" : "bad",
    };

    private static string Prefix(string id) => id[..id.LastIndexOf('-')];

    private static string Plural(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Title(string prefix) => prefix switch
    {
        "ATS-CAP" => "Capabilities and enables",
        "ATS-REQ" => "Translation Requests",
        "ATS-CPL" => "Use of Translation Completions",
        "ATS-TRN" => "Translated and untranslated traffic",
        "ATS-INV" => "Invalidation: what must disappear",
        "ATS-ICP" => "Invalidation: protocol",
        "ATS-ORD" => "Ordering and draining",
        "ATS-LIF" => "Life cycle",
        "ATS-PAS" => "PASID",
        "ATS-PRI" => "Page Request Interface",
        "ATS-MAL" => "Malformed and hostile input",
        "MMN-SUB" => "Subscribers of the MMU notifiers",
        _ => prefix,
    };
}
