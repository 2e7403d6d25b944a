using System.Text.Encodings.Web;
using System.Text.Json;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>What an exploration found, as JSON (schema hilbench.explore/1).</summary>
internal static class ExploreJson
{
    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The whole document with a line end.</summary>
    public static byte[] Of(ExploreReport report)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, _options))
        {
            writer.WriteStartObject();
            writer.WriteString("schema", "hilbench.explore/1");
            writer.WriteString("device", report.Device);
            writer.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 3));
            writer.WriteBoolean("interrupted", report.IsInterrupted);
            writer.WriteStartObject("summary");
            writer.WriteNumber("explored", report.Tests.Count(test => test.Result is not null));
            writer.WriteNumber("complete", report.Complete);
            writer.WriteNumber("forbidden", report.Forbidden);
            writer.WriteNumber("different", report.Surprising);
            writer.WriteEndObject();
            writer.WriteStartArray("tests");
            foreach (var test in report.Tests)
            {
                Write(writer, test);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, ExploredTest test)
    {
        writer.WriteStartObject();
        writer.WriteString("name", test.Name);
        writer.WriteString("title", test.Title);
        writer.WriteString("profile", test.Profile);
        if (test.Note is not null)
        {
            writer.WriteString("note", test.Note);
        }

        if (test.IsExpectedReachable is { } expected)
        {
            writer.WriteString("expected", expected ? "reachable" : "unreachable");
            writer.WriteBoolean("different", test.IsSurprising);
        }

        if (test.Result is { } result)
        {
            Write(writer, result);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ExploreResult result)
    {
        writer.WriteBoolean("complete", result.IsComplete);
        if (result.Cut is not null)
        {
            writer.WriteString("cut", result.Cut);
        }

        writer.WriteNumber("states", result.States);
        writer.WriteNumber("steps", result.Transitions);
        WriteCount(writer, "schedules", result.Schedules);
        writer.WriteNumber("statesPerSecond", Math.Round(result.StatesPerSecond));
        writer.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
        writer.WriteStartArray("outcomes");
        foreach (var outcome in result.Outcomes)
        {
            writer.WriteStartObject();
            writer.WriteString("outcome", outcome.Text);
            writer.WriteString("verdict", outcome.Verdict.ToString().ToLowerInvariant());
            writer.WriteNumber("states", outcome.States);
            WriteCount(writer, "schedules", outcome.Schedules);
            WriteSchedule(writer, outcome.Shortest);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("violations");
        foreach (var violation in result.Violations)
        {
            writer.WriteStartObject();
            writer.WriteString("rule", violation.First.Rule.Id);
            writer.WriteString("severity", violation.First.Rule.Severity.ToString().ToLowerInvariant());
            writer.WriteString("sentence", violation.First.Rule.Sentence);
            writer.WriteString("reason", violation.First.Reason);
            WriteSchedule(writer, violation.Shortest);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // Beyond what a number holds exactly it is null.
    private static void WriteCount(Utf8JsonWriter writer, string name, double count)
    {
        if (count <= 1L << 53)
        {
            writer.WriteNumber(name, (long)count);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteSchedule(Utf8JsonWriter writer, IReadOnlyList<string> schedule)
    {
        writer.WriteStartArray("schedule");
        foreach (var action in schedule)
        {
            writer.WriteStringValue(action);
        }

        writer.WriteEndArray();
    }
}
