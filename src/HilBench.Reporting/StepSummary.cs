using System.Globalization;
using System.Text;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>A run in Markdown, for the job page of a CI service.</summary>
public static class StepSummary
{
    /// <summary>A heading, the totals, and a table of the scenarios that did not pass.</summary>
    public static string Of(RunResult run)
    {
        var text = new StringBuilder();
        var isGood = run.Count(Verdict.Failed) + run.Count(Verdict.Error) == 0;
        text.Append(Say($"### {(isGood ? "✅" : "❌")} HilBench: {Cell(run.Suite)} on `{Code(run.Device)}`\n\n"));
        text.Append(Say($"{RunSummary.Sentence(run)}\n\n"));
        text.Append(Say($"Device {Cell(run.DeviceName)}, profile {Cell(run.Profile)}, policy {Cell(run.Policy)}, seed {run.Seed}, HilBench {Cell(run.Version)}.\n\n"));
        var shown = run.Scenarios.Where(scenario => scenario.Verdict is Verdict.Failed or Verdict.Error).ToList();
        if (shown.Count == 0)
        {
            return text.ToString();
        }

        text.Append("| scenario | verdict | rule | replay |\n|---|---|---|---|\n");
        foreach (var scenario in shown)
        {
            var rule = scenario.Violations is [var first, ..] ? $"{first.Rule.Id}: {first.Rule.Sentence}" : scenario.Note ?? "";
            text.Append(Say($"| {Cell(scenario.Name)} | {ResultWords.Of(scenario.Verdict)} | {Cell(rule)} | `{Code(scenario.Replay)}` |\n"));
        }

        return text.Append('\n').ToString();
    }

    private static string Cell(string value) =>
        XmlText.Escape(value.ReplaceLineEndings(" ")).Replace("|", "\\|", StringComparison.Ordinal);

    private static string Code(string value) =>
        XmlText.Clean(value.ReplaceLineEndings(" ")).Replace("`", "'", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
