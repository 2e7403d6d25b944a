using System.Globalization;
using HilBench.Checking;
using HilBench.Reporting;

namespace HilBench.Cli.Output;

/// <summary>A fuzzing run for people.</summary>
internal static class FuzzText
{
    /// <summary>Prints what was found, and what was done.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="result">The run.</param>
    /// <param name="file">The replay file; null: nothing was found.</param>
    public static void Print(TextWriter output, FuzzResult result, string? file)
    {
        if (result.Finding is { } finding)
        {
            output.WriteLine(ConsoleText.Of(finding.Result));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"program {finding.Program}: {finding.StepsBefore} steps, made {finding.Steps} in {finding.ShrinkRuns} runs"));
            output.WriteLine();
            foreach (var line in ScenarioOf(finding.Text))
            {
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
            output.WriteLine($"replay file: {file}");
            output.WriteLine($"replay:      bin/hilbench replay {file}");
            output.WriteLine();
        }

        if (result.Trouble is { } trouble)
        {
            output.WriteLine($"no fault of the device: {trouble}");
        }

        var seconds = Math.Max(1e-3, result.Duration.TotalSeconds);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(result.Finding is null ? "nothing found" : "1 failure")}{(result.IsInterrupted ? ", interrupted" : "")}: {result.Programs:N0} programs ({result.Mutated:N0} from others, {result.Abandoned:N0} left because the modelled host went wrong), {result.Operations:N0} operations, {result.Transactions:N0} transactions, {result.Cycles:N0} cycles on {result.Device}, seed {result.Seed}."));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Bins.Count} bins, {result.Meetings.Count} kinds of invalidation; {seconds:0.0} s, {result.Transactions / seconds:N0} transactions/s; memory {result.StartBytes >> 20} MiB at the start, {result.EndBytes >> 20} MiB at the end."));
    }

    // The program, without what is around it.
    private static IEnumerable<string> ScenarioOf(string text) =>
        text.TrimEnd('\n').Split('\n').SkipWhile(line => line != "scenario:");
}
