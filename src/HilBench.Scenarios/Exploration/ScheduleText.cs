using System.Globalization;

namespace HilBench.Scenarios;

/// <summary>A schedule on one line: "T0 x5, deliver posted, take request".</summary>
public static class ScheduleText
{
    private const int StepsMax = 1_000_000;
    private const string Times = " x";

    /// <summary>The line.</summary>
    /// <param name="schedule">Steps as <see cref="ExploredOutcome.Shortest"/> has them.</param>
    public static string Of(IReadOnlyList<string> schedule)
    {
        var runs = new List<string>();
        for (var i = 0; i < schedule.Count;)
        {
            var count = 1;
            while (i + count < schedule.Count && schedule[i + count] == schedule[i])
            {
                count++;
            }

            runs.Add(count == 1 ? schedule[i] : string.Create(CultureInfo.InvariantCulture, $"{schedule[i]}{Times}{count}"));
            i += count;
        }

        return string.Join(", ", runs);
    }

    /// <summary>The steps of a line; whether they can happen is not looked at.</summary>
    internal static IReadOnlyList<string> Read(string text, Place place)
    {
        var steps = new List<string>();
        foreach (var run in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = run.LastIndexOf(Times, StringComparison.Ordinal);
            var count = 1UL;
            if (at > 0 && !(Quantity.TryParse(run[(at + Times.Length)..], out count) && count > 0 && count <= (ulong)(StepsMax - steps.Count)))
            {
                throw place.Error($"'{run}' is no step of a schedule", "Write the step, and how often it happens in a row: T0 x5.");
            }

            steps.AddRange(Enumerable.Repeat(at > 0 ? run[..at] : run, (int)count));
        }

        return steps;
    }
}
