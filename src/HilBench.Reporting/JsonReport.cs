using System.Text.Encodings.Web;
using System.Text.Json;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>
/// Results for machines: the schemas hilbench.run/1 and hilbench.mutate/1 of docs/reports.md. Two runs with the same
/// version, seed and options give the same bytes but for the object wallClock, which stands last.
/// </summary>
public static class JsonReport
{
    private static readonly JsonWriterOptions _options = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A run as JSON in UTF-8, ending in a line end.</summary>
    public static byte[] Of(RunResult run) => Document(writer => Write(writer, run));

    /// <summary>A mutation run as JSON in UTF-8, ending in a line end.</summary>
    public static byte[] Of(MutationResult mutation) => Document(writer => Write(writer, mutation));

    internal static byte[] Document(Action<Utf8JsonWriter> content)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, _options))
        {
            content(writer);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, RunResult run)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.run/1");
        writer.WriteString("version", run.Version);
        writer.WriteString("device", run.Device);
        writer.WriteString("deviceName", run.DeviceName);
        writer.WriteString("suite", run.Suite);
        writer.WriteNumber("seed", run.Seed);
        writer.WriteString("profile", run.Profile);
        writer.WriteString("policy", run.Policy);
        writer.WriteString("replay", run.Replay);
        writer.WriteBoolean("interrupted", run.IsInterrupted);
        writer.WriteStartObject("summary");
        writer.WriteNumber("passed", run.Count(Verdict.Passed));
        writer.WriteNumber("failed", run.Count(Verdict.Failed));
        writer.WriteNumber("knownUnsafe", run.Count(Verdict.KnownUnsafe));
        writer.WriteNumber("notApplicable", run.Count(Verdict.NotApplicable));
        writer.WriteNumber("errors", run.Count(Verdict.Error));
        writer.WriteEndObject();
        Write(writer, RuleTotals.Of(run));
        WriteCoverage(writer, run);
        writer.WriteStartArray("scenarios");
        foreach (var scenario in run.Scenarios)
        {
            Write(writer, scenario);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("wallClock");
        writer.WriteNumber("seconds", Seconds(run.Duration));
        writer.WriteStartArray("scenarioSeconds");
        foreach (var scenario in run.Scenarios)
        {
            writer.WriteNumberValue(Seconds(scenario.Duration));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteCoverage(Utf8JsonWriter writer, RunResult run)
    {
        writer.WriteStartArray("coverage");
        foreach (var row in RuleCoverage.Of(run))
        {
            writer.WriteStartObject();
            writer.WriteString("rule", row.Rule.Id);
            writer.WriteString("state", ResultWords.Machine(row.State));
            writer.WriteNumber("exercised", row.Checked);
            writer.WriteNumber("caught", row.Caught);
            writer.WriteString("reason", row.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        Write(writer, InvalidationBins.Of(run));
    }

    internal static void Write(Utf8JsonWriter writer, IReadOnlyList<InvalidationBin> bins)
    {
        writer.WriteStartArray("bins");
        foreach (var bin in bins)
        {
            writer.WriteStartObject();
            writer.WriteString("entry", bin.Entry);
            writer.WriteString("invalidated", bin.Invalidated);
            writer.WriteString("position", bin.Position);
            writer.WriteString("state", bin.State);
            writer.WriteString("pasid", bin.Pasid);
            writer.WriteNumber("count", bin.Count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    internal static void Write(Utf8JsonWriter writer, ScenarioResult scenario)
    {
        writer.WriteStartObject();
        writer.WriteString("name", scenario.Name);
        writer.WriteString("about", scenario.About);
        writer.WriteString("verdict", ResultWords.Machine(scenario.Verdict));
        writer.WriteString("note", scenario.Note);
        writer.WriteNumber("seed", scenario.Seed);
        writer.WriteNumber("transactions", scenario.Transactions);
        writer.WriteNumber("cycles", scenario.Cycles);
        writer.WriteNumber("tlpsToDevice", scenario.TlpsToDevice);
        writer.WriteNumber("tlpsFromDevice", scenario.TlpsFromDevice);
        writer.WriteString("replay", scenario.Replay);
        Write(writer, scenario.Rules);
        writer.WriteStartArray("violations");
        foreach (var violation in scenario.Violations)
        {
            Write(writer, violation, scenario.Replay);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Violation violation, string replay)
    {
        writer.WriteStartObject();
        writer.WriteString("rule", violation.Rule.Id);
        writer.WriteString("severity", ResultWords.Of(violation.Rule.Severity));
        writer.WriteString("sentence", violation.Rule.Sentence);
        writer.WriteNumber("time", violation.Time);
        writer.WriteString("reason", violation.Reason);
        writer.WriteStartArray("evidence");
        foreach (var line in violation.Evidence)
        {
            writer.WriteStartObject();
            writer.WriteNumber("time", line.Time);
            writer.WriteString("lane", ResultWords.Of(line.Lane));
            writer.WriteString("text", line.Text);
            writer.WriteString("detail", line.Detail);
            writer.WriteBoolean("key", line.IsKey);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("replay", replay);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<RuleCount> rules)
    {
        writer.WriteStartArray("rules");
        foreach (var rule in rules)
        {
            writer.WriteStartObject();
            writer.WriteString("rule", rule.Rule);
            writer.WriteNumber("checked", rule.Checked);
            writer.WriteNumber("broken", rule.Broken);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, MutationResult mutation)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", "hilbench.mutate/1");
        writer.WriteString("version", mutation.Version);
        writer.WriteString("device", mutation.Device);
        writer.WriteString("suite", mutation.Suite);
        writer.WriteNumber("seed", mutation.Seed);
        writer.WriteString("profile", mutation.Profile);
        writer.WriteBoolean("cleanDevicePasses", mutation.IsCleanDevicePassing);
        writer.WriteStartObject("summary");
        writer.WriteNumber("faults", mutation.Faults.Count);
        writer.WriteNumber("killed", mutation.Killed);
        writer.WriteEndObject();
        writer.WriteStartArray("faults");
        foreach (var fault in mutation.Faults)
        {
            Write(writer, fault);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("wallClock");
        writer.WriteNumber("seconds", Seconds(mutation.Duration));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FaultResult fault)
    {
        writer.WriteStartObject();
        writer.WriteString("fault", fault.Fault);
        writer.WriteString("summary", fault.Summary);
        writer.WriteBoolean("killed", fault.IsKilled);
        writer.WriteString("killedBy", fault.KilledBy);
        writer.WriteString("firstRule", fault.FirstRule);
        writer.WriteNumber("transactionsToKill", fault.TransactionsToKill);
        writer.WriteStartArray("expectedRules");
        foreach (var rule in fault.ExpectedRules)
        {
            writer.WriteStringValue(rule);
        }

        writer.WriteEndArray();
        Write(writer, fault.Rules);
        writer.WriteEndObject();
    }

    internal static decimal Seconds(TimeSpan duration) => Math.Round((decimal)duration.TotalSeconds, 3);
}
