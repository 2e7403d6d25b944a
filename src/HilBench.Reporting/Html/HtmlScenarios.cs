using System.Globalization;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>The result table: one row for each scenario, with a filter.</summary>
internal static class HtmlScenarios
{
    private static readonly Verdict[] _verdicts =
        [Verdict.Failed, Verdict.Error, Verdict.KnownUnsafe, Verdict.NotApplicable, Verdict.Passed];

    public static void Write(HtmlPage page, RunResult run)
    {
        page.Raw("<section id=\"scenarios\"><h2>Scenarios</h2>\n");
        WriteTools(page, run);
        page.Raw("""
            <div class="sheet table-frame"><table class="results"><caption>One row for each scenario</caption><thead><tr>
            <th scope="col"><button type="button">verdict</button></th>
            <th scope="col"><button type="button">scenario</button></th>
            <th scope="col" class="n"><button type="button">rules</button></th>
            <th scope="col" class="n"><button type="button">TLPs</button></th>
            <th scope="col" class="n optional"><button type="button">transactions</button></th>
            <th scope="col" class="n optional"><button type="button">cycles</button></th>
            <th scope="col" class="copy-column needs-script">replay</th>
            </tr></thead><tbody>

            """);
        foreach (var scenario in run.Scenarios)
        {
            WriteRow(page, scenario);
        }

        page.Raw("</tbody></table></div></section>\n");
    }

    private static void WriteTools(HtmlPage page, RunResult run)
    {
        page.Raw("<div class=\"tools needs-script\"><input id=\"filter\" type=\"search\" placeholder=\"Filter: words of the name, or a rule such as ATS-INV-002\" aria-label=\"Filter scenarios\"/>\n");
        foreach (var verdict in _verdicts.Where(verdict => run.Count(verdict) > 0))
        {
            page.Add($"<button type=\"button\" aria-pressed=\"false\" data-verdict-filter=\"{ResultWords.Machine(verdict)}\">{ResultWords.Of(verdict)} {run.Count(verdict)}</button>\n");
        }

        page.Raw("<output id=\"count\" for=\"filter\" aria-live=\"polite\"></output></div>\n");
    }

    private static void WriteRow(HtmlPage page, ScenarioResult scenario)
    {
        var rules = scenario.Rules.Where(rule => rule.Checked > 0).ToList();
        var words = $"{scenario.Name} {scenario.About} {string.Join(' ', rules.Select(rule => rule.Rule))}".ToLowerInvariant();
        var slash = scenario.Name.LastIndexOf('/') + 1;
        page.Add($"<tr data-verdict=\"{ResultWords.Machine(scenario.Verdict)}\" data-text=\"{words}\"><td>");
        HtmlTone.Badge(page, scenario.Verdict);
        page.Add($"</td><th scope=\"row\"><span class=\"name\"><span>{scenario.Name[..slash]}</span>{scenario.Name[slash..]}</span>");
        page.Add($"<span class=\"about\">{scenario.Note ?? scenario.About}</span></th>");
        Number(page, rules.Count, "n");
        Number(page, scenario.TlpsToDevice + scenario.TlpsFromDevice, "n");
        Number(page, scenario.Transactions, "n optional");
        Number(page, (long)scenario.Cycles, "n optional");
        page.Add($"<td class=\"copy-column needs-script\"><button type=\"button\" class=\"copy\" data-copy=\"{scenario.Replay}\" title=\"{scenario.Replay}\" aria-label=\"Copy the command that replays {scenario.Name}\">copy</button></td></tr>\n");
    }

    private static void Number(HtmlPage page, long value, string classes) =>
        page.Add($"<td class=\"{classes}\" data-sort=\"{value.ToString(CultureInfo.InvariantCulture)}\">{value}</td>");
}
