using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>
/// Replays for machines: the schema hilbench.replay-result/1 of docs/fuzzing.md. The same version, file and device give the
/// same bytes on every machine.
/// </summary>
public static class ReplayJson
{
    /// <summary>A replay as JSON in UTF-8, ending in a line end.</summary>
    public static byte[] Of(ReplayResult result) => JsonReport.Document(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.replay-result/1");
        writer.WriteString("version", result.Version);
        writer.WriteString("kind", result.Kind);
        writer.WriteString("device", result.Device);
        writer.WriteString("deviceName", result.DeviceName);
        writer.WriteString("profile", result.Profile);
        writer.WriteNumber("steps", result.Steps);
        writer.WriteBoolean("reproduced", result.IsReproduced);
        writer.WriteBoolean("exact", result.IsExact);
        writer.WriteString("difference", result.Difference);
        writer.WriteStartObject("expected");
        writer.WriteString("rule", result.ExpectedRule);
        writer.WriteNumber("time", result.ExpectedTime);
        writer.WriteString("reason", result.ExpectedReason);
        writer.WriteEndObject();
        writer.WritePropertyName("result");
        JsonReport.Write(writer, result.Result);
        writer.WriteEndObject();
    });
}
