using System.Globalization;
using System.Text;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>What an exploration found, as Markdown.</summary>
internal static class ExploreMarkdown
{
    /// <summary>The whole document.</summary>
    public static string Of(ExploreReport report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Litmus tests on {report.Device}\n\n");
        text.Append("| test | kernel | schedules | states | complete | forbidden | expected |\n|---|---|---|---|---|---|---|\n");
        foreach (var test in report.Tests)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {test.Name} {test.Title} | {test.Profile} | {Cells(test)} |\n");
        }

        foreach (var test in report.Tests.Where(test => test.Result is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {test.Name} {test.Title}\n\n");
            text.Append("| outcome | verdict | schedules | shortest |\n|---|---|---|---|\n");
            foreach (var outcome in test.Result!.Outcomes)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{outcome.Text}` | {outcome.Verdict.ToString().ToLowerInvariant()} | {ExploreText.Many(outcome.Schedules)} | {ScheduleText.Of(outcome.Shortest)} |\n");
            }
        }

        return text.ToString();
    }

    private static string Cells(ExploredTest test) => test.Result is not { } result ? $"- | - | {test.Note} | - | -"
        : $"{ExploreText.Many(result.Schedules)} | {result.States.ToString("N0", CultureInfo.InvariantCulture)} | {(result.IsComplete ? "yes" : $"no ({result.Cut})")} | "
            + $"{(result.Outcomes.Any(outcome => outcome.Verdict == LitmusVerdict.Forbidden) ? "reached" : "not reached")} | "
            + (test.IsExpectedReachable is { } expected ? (expected ? "reachable" : "unreachable") : "-");
}
