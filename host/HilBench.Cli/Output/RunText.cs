using System.Globalization;
using HilBench.Checking;
using HilBench.Reporting;

namespace HilBench.Cli.Output;

/// <summary>A run for people: the table, the failures with their proof, and the summary.</summary>
internal static class RunText
{
    private const int ProofsShown = 5;
    private const int ReplaysShown = 20;

    /// <summary>Prints everything but the places of the files.</summary>
    public static void Print(Terminal terminal, RunResult run, bool isQuiet)
    {
        var output = terminal.Out;
        if (!isQuiet)
        {
            output.WriteLine($"{run.Suite} on {run.Device} ({run.DeviceName}), profile {run.Profile}, policy {run.Policy}, seed {run.Seed.ToString(CultureInfo.InvariantCulture)}");
            output.WriteLine();
            ResultTable.Print(terminal, run);
            output.WriteLine();
        }

        PrintFailures(terminal, run);
        PrintWarnings(output, run);
        if (!isQuiet)
        {
            output.WriteLine(RunSummary.Coverage(run));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{RunSummary.Sentence(run)} {run.Duration.TotalSeconds:0.0} s."));
    }

    // One proof for each rule and family: seventy scenarios that break for one reason are one story.
    private static void PrintFailures(Terminal terminal, RunResult run)
    {
        var output = terminal.Out;
        var failures = run.Scenarios.Where(scenario => scenario.Verdict is Verdict.Failed or Verdict.Error).ToList();
        var told = failures.DistinctBy(failure => (FirstRule(failure), Family(failure.Name))).Take(ProofsShown).ToList();
        foreach (var failure in told)
        {
            output.WriteLine(Paint(terminal, ConsoleText.Of(failure)));
        }

        var others = failures.Except(told).ToList();
        if (others.Count == 0)
        {
            return;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{others.Count} more, each with the command that replays it:"));
        foreach (var failure in others.Take(ReplaysShown))
        {
            output.WriteLine($"  {FirstRule(failure),-11}  {failure.Replay}");
        }

        if (others.Count > ReplaysShown)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ... and {others.Count - ReplaysShown} more: --report DIR shows them all."));
        }

        output.WriteLine();
    }

    // Rules that no public source confirms do not fail a scenario (docs/decisions/0004); they are told all the same.
    private static void PrintWarnings(TextWriter output, RunResult run)
    {
        var warnings = run.Scenarios.Where(scenario => scenario.Verdict == Verdict.Passed)
            .SelectMany(scenario => scenario.Violations.Select(violation => (scenario, violation)))
            .GroupBy(pair => pair.violation.Rule.Id).ToList();
        foreach (var rule in warnings)
        {
            var (scenario, violation) = rule.First();
            output.WriteLine($"warning: {rule.Key}: {violation.Rule.Sentence}");
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"         {scenario.Name} at {violation.Time}: {violation.Reason} ({rule.Count()} times in all)"));
        }

        if (warnings.Count > 0)
        {
            output.WriteLine();
        }
    }

    // The lines that matter stand out: what failed, which rule, and what the proof rests on.
    private static string Paint(Terminal terminal, string text)
    {
        const string Reset = "\u001b[0m";
        if (!terminal.IsOutTerminal || !terminal.HasColour)
        {
            return text;
        }

        return string.Join('\n', text.Split('\n').Select(line =>
            line.StartsWith("FAILED", StringComparison.Ordinal) || line.StartsWith("ERROR", StringComparison.Ordinal) ? $"\u001b[1;31m{line}{Reset}"
            : line.StartsWith("  ATS-", StringComparison.Ordinal) ? $"\u001b[1m{line}{Reset}"
            : line.StartsWith("  -> ", StringComparison.Ordinal) ? $"  \u001b[31m->{Reset}{line[4..]}"
            : line.StartsWith("     ", StringComparison.Ordinal) ? $"\u001b[2m{line}{Reset}"
            : line));
    }

    private static string FirstRule(ScenarioResult scenario) =>
        scenario.Violations is [var first, ..] ? first.Rule.Id : ResultWords.Of(scenario.Verdict);

    private static string Family(string name) => name.Split('/')[0];
}
