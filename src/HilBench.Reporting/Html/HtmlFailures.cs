using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>The scenarios that failed: which rules, and for each violation the proof.</summary>
internal static class HtmlFailures
{
    private const int OpenAtFirst = 3;
    private const int WithLastEvents = 20;

    /// <summary>Scenarios that did not do what they should.</summary>
    public static IReadOnlyList<ScenarioResult> Of(RunResult run) =>
        [.. run.Scenarios.Where(scenario => scenario.Verdict is Verdict.Failed or Verdict.Error)];

    /// <summary>Scenarios that passed, but broke a rule that no public source confirms.</summary>
    public static IReadOnlyList<ScenarioResult> WarningsOf(RunResult run) =>
        [.. run.Scenarios.Where(scenario => scenario.Verdict is Verdict.Passed && scenario.Violations.Count > 0)];

    /// <summary>Scenarios in which the kernel did what the real one is known to do wrong.</summary>
    public static IReadOnlyList<ScenarioResult> KnownUnsafeOf(RunResult run) =>
        [.. run.Scenarios.Where(scenario => scenario.Verdict is Verdict.KnownUnsafe)];

    public static void Write(HtmlPage page, RunResult run)
    {
        WriteSection(
            page,
            Of(run),
            "failures",
            "What is broken",
            "Each violation shows the events that prove it. Lines with a red dot carry the proof; the others are context.");
        WriteSection(
            page,
            KnownUnsafeOf(run),
            "known-unsafe",
            "What this kernel gets wrong",
            $"The kernels of {run.Profile} are known to be unsafe here. The model repeats their mistake; the device is not to blame, and nothing of this fails the run.");
        WriteSection(
            page,
            WarningsOf(run),
            "warnings",
            "Warnings",
            "These rules are derived: no public source confirms them. Breaking one does not fail a scenario.");
    }

    private static void WriteSection(HtmlPage page, IReadOnlyList<ScenarioResult> scenarios, string id, string title, string about)
    {
        if (scenarios.Count == 0)
        {
            return;
        }

        page.Add($"<section id=\"{id}\"><h2>{title}</h2>\n<p>{about}</p>\n");
        WriteRules(page, scenarios, id);
        var index = 0;
        foreach (var scenario in scenarios)
        {
            WriteScenario(page, scenario, id, index++);
        }

        page.Raw("</section>\n");
    }

    private static void WriteRules(HtmlPage page, IReadOnlyList<ScenarioResult> failures, string section)
    {
        var broken = failures
            .SelectMany((scenario, index) => scenario.Violations.Select(violation => (violation.Rule, index)))
            .GroupBy(pair => pair.Rule)
            .Select(group => (Rule: group.Key, Times: group.Count(), Scenarios: group.Select(pair => pair.index).Distinct().ToList()))
            .OrderByDescending(entry => entry.Rule.Severity)
            .ThenByDescending(entry => entry.Scenarios.Count)
            .ThenBy(entry => entry.Rule.Id, StringComparer.Ordinal)
            .ToList();
        if (broken.Count == 0)
        {
            return;
        }

        page.Raw("<div class=\"sheet table-frame\"><table class=\"broken-rules\"><thead><tr><th scope=\"col\">rule</th>");
        page.Raw("<th scope=\"col\">severity</th><th scope=\"col\">what must hold</th><th scope=\"col\" class=\"n\">scenarios</th><th scope=\"col\">first seen in</th></tr></thead><tbody>\n");
        foreach (var (rule, _, scenarios) in broken)
        {
            var first = scenarios[0];
            page.Add($"<tr><td class=\"mono\"><b>{rule.Id}</b></td><td><span class=\"badge {HtmlTone.Of(rule.Severity)}\">{ResultWords.Of(rule.Severity)}</span></td>");
            page.Add($"<td>{rule.Sentence}</td><td class=\"n\">{scenarios.Count}</td><td><a href=\"#{section}-{Id(first)}\">{failures[first].Name}</a></td></tr>\n");
        }

        page.Raw("</tbody></table></div>\n");
    }

    private static void WriteScenario(HtmlPage page, ScenarioResult scenario, string section, int index)
    {
        var tone = scenario.Verdict == Verdict.Passed ? "warn" : HtmlTone.Of(scenario.Verdict);
        page.Add($"<article class=\"failure sheet {tone}\" id=\"{section}-{Id(index)}\"><h3>");
        HtmlTone.Badge(page, scenario.Verdict);
        page.Add($"{scenario.Name}</h3>\n<p>{scenario.About}</p>\n");
        if (scenario.Note is { } note)
        {
            page.Add($"<p><b>{note}</b></p>\n");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var violation in scenario.Violations)
        {
            var isOpen = index < OpenAtFirst && seen.Add(violation.Rule.Id) && seen.Count == 1;
            WriteViolation(page, violation, isOpen);
        }

        if (scenario.Timeline.Count > 0 && index < WithLastEvents)
        {
            page.Add($"<details class=\"violation\"><summary>The last {scenario.Timeline.Count} events of this scenario</summary>\n");
            HtmlTimeline.Write(page, scenario.Timeline, "The last events");
            page.Raw("</details>\n");
        }

        Replay(page, scenario.Replay);
        page.Raw("</article>\n");
    }

    private static void WriteViolation(HtmlPage page, Violation violation, bool isOpen)
    {
        page.Raw(isOpen ? "<details class=\"violation\" open=\"open\">" : "<details class=\"violation\">");
        page.Add($"<summary><strong>{violation.Rule.Id}</strong> ");
        page.Add($"<span class=\"badge {HtmlTone.Of(violation.Rule.Severity)}\">{ResultWords.Of(violation.Rule.Severity)}</span> ");
        page.Add($"<span class=\"sentence\">{violation.Rule.Sentence}</span></summary>\n");
        page.Add($"<p class=\"reason\">At cycle {violation.Time}: {violation.Reason}</p>\n");
        if (violation.Evidence.Count > 0)
        {
            HtmlTimeline.Write(page, violation.Evidence, $"Events that prove the violation of {violation.Rule.Id}");
        }

        page.Raw("</details>\n");
    }

    /// <summary>A command line with a button that copies it.</summary>
    public static void Replay(HtmlPage page, string command) =>
        page.Add($"<div class=\"replay\"><span>replay</span><code>{command}</code><button type=\"button\" class=\"copy needs-script\">copy</button></div>\n");

    private static string Id(int index) => (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
