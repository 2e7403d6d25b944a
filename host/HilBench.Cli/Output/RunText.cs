using System.Globalization;
using HilBench.Checking;
using HilBench.Reporting;

namespace HilBench.Cli.Output;

/// <summary>A run for people: the table, the failures with their proof, and the summary.</summary>
internal static class RunText
{
    private const int FailuresShown = 5;

    public static void Print(Terminal terminal, RunResult run, string? reportPath, bool isQuiet)
    {
        var output = terminal.Out;
        if (!isQuiet)
        {
            output.WriteLine($"{run.Suite} on {run.Device} ({run.DeviceName}), profile {run.Profile}, policy {run.Policy}, seed {run.Seed.ToString(CultureInfo.InvariantCulture)}");
            output.WriteLine();
            ResultTable.Print(terminal, run);
            output.WriteLine();
        }

        var failures = run.Scenarios.Where(scenario => scenario.Verdict is Verdict.Failed or Verdict.Error).ToList();
        foreach (var failure in failures.Take(FailuresShown))
        {
            output.WriteLine(ConsoleText.Of(failure));
        }

        if (failures.Count > FailuresShown)
        {
            output.WriteLine("More failures, each with the command that replays it:");
            foreach (var failure in failures.Skip(FailuresShown))
            {
                var rule = failure.Violations is [var first, ..] ? first.Rule.Id : ResultWords.Of(failure.Verdict);
                output.WriteLine($"  {rule,-11}  {failure.Replay}");
            }

            output.WriteLine();
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{RunSummary.Sentence(run)} {run.Duration.TotalSeconds:0.0} s."));
        if (reportPath is not null)
        {
            output.WriteLine($"report: {reportPath}");
        }
    }
}
