using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>Fuzzing runs for machines: the schema hilbench.fuzz/1 of docs/fuzzing.md.</summary>
public static class FuzzJson
{
    /// <summary>A fuzzing run as JSON in UTF-8, ending in a line end.</summary>
    /// <param name="result">The run.</param>
    /// <param name="file">The replay file of what was found; null: nothing was.</param>
    public static byte[] Of(FuzzResult result, string? file) => JsonReport.Document(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.fuzz/1");
        writer.WriteString("version", result.Version);
        writer.WriteString("device", result.Device);
        writer.WriteString("deviceName", result.DeviceName);
        writer.WriteNumber("seed", result.Seed);
        writer.WriteString("profile", result.Profile);
        writer.WriteBoolean("interrupted", result.IsInterrupted);
        writer.WriteStartObject("summary");
        writer.WriteNumber("programs", result.Programs);
        writer.WriteNumber("mutated", result.Mutated);
        writer.WriteNumber("abandoned", result.Abandoned);
        writer.WriteNumber("operations", result.Operations);
        writer.WriteNumber("transactions", result.Transactions);
        writer.WriteNumber("cycles", result.Cycles);
        writer.WriteNumber("bins", result.Bins.Count);
        writer.WriteNumber("coveredPoints", result.CoveredPoints);
        writer.WriteEndObject();
        writer.WriteString("trouble", result.Trouble);
        JsonReport.Write(writer, result.Meetings);
        writer.WritePropertyName("finding");
        if (result.Finding is { } finding)
        {
            writer.WriteStartObject();
            writer.WriteNumber("program", finding.Program);
            writer.WriteString("rule", finding.Rule);
            writer.WriteNumber("stepsBefore", finding.StepsBefore);
            writer.WriteNumber("steps", finding.Steps);
            writer.WriteNumber("shrinkRuns", finding.ShrinkRuns);
            writer.WriteString("file", file);
            writer.WriteString("replay", $"bin/hilbench replay {file}");
            writer.WritePropertyName("result");
            JsonReport.Write(writer, finding.Result);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WriteStartObject("wallClock");
        writer.WriteNumber("seconds", JsonReport.Seconds(result.Duration));
        writer.WriteNumber("startBytes", result.StartBytes);
        writer.WriteNumber("endBytes", result.EndBytes);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });
}
