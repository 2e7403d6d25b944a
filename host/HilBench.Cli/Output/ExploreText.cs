using System.Globalization;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>What an exploration found, in words.</summary>
internal static class ExploreText
{
    /// <summary>Prints all tests and the summary line.</summary>
    public static void Print(
        Terminal terminal, ExploreReport report, IReadOnlyDictionary<(string Test, string Found), string> replays, bool isQuiet)
    {
        foreach (var test in report.Tests)
        {
            Print(terminal.Out, test, replays, isQuiet);
        }

        terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Tests.Count(test => test.Result is not null)} explored on {report.Device} in {report.Elapsed.TotalSeconds:0.0} s: {report.Complete} complete, "
                + $"{report.Forbidden} reached something forbidden, {report.Surprising} differ from the expected table"));
    }

    /// <summary>A number of schedules, which may be beyond all bounds.</summary>
    public static string Many(double count) =>
        count < 1e15 ? count.ToString("N0", CultureInfo.InvariantCulture) : count.ToString("0.0E+0", CultureInfo.InvariantCulture);

    private static void Print(
        TextWriter output, ExploredTest test, IReadOnlyDictionary<(string Test, string Found), string> replays, bool isQuiet)
    {
        if (test.Result is not { } result)
        {
            if (!isQuiet)
            {
                output.WriteLine($"{test.Name} on {test.Profile}: not explored, {test.Note}");
            }

            return;
        }

        if (!isQuiet || result.IsForbiddenReached || test.IsSurprising)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{test.Name} {test.Title}, on {test.Profile}: {Many(result.Schedules)} schedules, {result.States:N0} states, "
                    + $"{result.StatesPerSecond:N0} states/s, {(result.Cut is { } cut ? $"NOT complete (cut at {cut})" : "complete")}"));
        }

        foreach (var outcome in result.Outcomes.Where(outcome => !isQuiet || outcome.Verdict == LitmusVerdict.Forbidden))
        {
            output.WriteLine($"  {Many(outcome.Schedules),20}  {outcome.Verdict.ToString().ToLowerInvariant(),-9}  {outcome.Text}");
            if (outcome.Verdict != LitmusVerdict.Allowed)
            {
                output.WriteLine($"  {"",20}  shortest: {ScheduleText.Of(outcome.Shortest)}");
                PrintReplay(outcome.Text);
            }
        }

        foreach (var violation in result.Violations.Where(violation => !isQuiet || violation.IsOfDevice))
        {
            output.WriteLine($"  {violation.First.Rule.Id} ({violation.First.Rule.Severity}): {violation.First.Reason}");
            output.WriteLine($"  {"",20}  shortest: {ScheduleText.Of(violation.Shortest)}");
            PrintReplay(violation.First.Rule.Id);
        }

        if (test.IsSurprising)
        {
            output.WriteLine($"  DIFFERS: the expected table says that what is forbidden is {(test.IsExpectedReachable == true ? "reachable" : "unreachable")}");
        }

        void PrintReplay(string found)
        {
            if (replays.TryGetValue((test.Name, found), out var file))
            {
                output.WriteLine($"  {"",20}  replay:   bin/hilbench replay {file}");
            }
        }
    }
}
