using System.Globalization;
using System.Text;
using System.Xml;
using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>
/// Results as JUnit XML in the dialect that the strictest consumer takes: properties stand at the suite only, counts on
/// every suite, one outcome for each test case, and what belongs to one test case stands in its system-out as
/// <c>[[PROPERTY|name=value]]</c> lines, which Jenkins, GitLab and Azure read.
/// </summary>
public static class JUnitReport
{
    /// <summary>A run as XML in UTF-8, ending in a line end.</summary>
    /// <param name="run">The run.</param>
    /// <param name="attachment">Path of the HTML report, to be named with each failure; null: none was written.</param>
    public static byte[] Of(RunResult run, string? attachment = null)
    {
        using var bytes = new MemoryStream();
        var settings = new XmlWriterSettings
        {
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Indent = true,
            NewLineChars = "\n",
            NewLineHandling = NewLineHandling.None,
        };
        using (var writer = XmlWriter.Create(bytes, settings))
        {
            writer.WriteStartElement("testsuites");
            WriteCounts(writer, run);
            writer.WriteStartElement("testsuite");
            Attribute(writer, "name", run.Suite);
            WriteCounts(writer, run);
            Attribute(writer, "skipped", Number(run.Count(Verdict.NotApplicable) + run.Count(Verdict.KnownUnsafe) + run.Count(Verdict.None)));
            WriteProperties(writer, run);
            foreach (var scenario in run.Scenarios)
            {
                Write(writer, run.Suite, scenario, attachment);
            }

            writer.WriteEndElement();
            writer.WriteEndElement();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteCounts(XmlWriter writer, RunResult run)
    {
        Attribute(writer, "tests", Number(run.Scenarios.Count));
        Attribute(writer, "failures", Number(run.Count(Verdict.Failed)));
        Attribute(writer, "errors", Number(run.Count(Verdict.Error)));
        Attribute(writer, "time", Seconds(run.Duration));
    }

    private static void WriteProperties(XmlWriter writer, RunResult run)
    {
        writer.WriteStartElement("properties");
        Property(writer, "seed", run.Seed.ToString(CultureInfo.InvariantCulture));
        Property(writer, "device", run.Device);
        Property(writer, "deviceName", run.DeviceName);
        Property(writer, "profile", run.Profile);
        Property(writer, "policy", run.Policy);
        Property(writer, "version.hilbench", run.Version);
        Property(writer, "version.dotnet", Environment.Version.ToString());
        Property(writer, "replay", run.Replay);
        Property(writer, "interrupted", run.IsInterrupted ? "true" : "false");
        writer.WriteEndElement();
    }

    private static void Write(XmlWriter writer, string suite, ScenarioResult scenario, string? attachment)
    {
        writer.WriteStartElement("testcase");
        Attribute(writer, "name", scenario.Name);
        Attribute(writer, "classname", suite);
        Attribute(writer, "time", Seconds(scenario.Duration));
        switch (scenario.Verdict)
        {
            case Verdict.Passed:
                break;
            case Verdict.Failed:
                Outcome(writer, "failure", scenario.Violations is [var first, ..] ? first.Rule.Id : "failed", FailureMessage(scenario), ConsoleText.Of(scenario));
                break;
            case Verdict.Error:
                Outcome(writer, "error", "bench", scenario.Note ?? "the bench could not do its work", ConsoleText.Of(scenario));
                break;
            default:
                writer.WriteStartElement("skipped");
                Attribute(writer, "message", $"{ResultWords.Of(scenario.Verdict)}: {scenario.Note}");
                writer.WriteEndElement();
                break;
        }

        writer.WriteStartElement("system-out");
        writer.WriteString(XmlText.Clean(Properties(scenario, attachment)));
        writer.WriteEndElement();
        writer.WriteEndElement();
    }

    private static string FailureMessage(ScenarioResult scenario) => scenario.Violations is [var first, ..]
        ? $"{first.Rule.Id}: {first.Rule.Sentence} {first.Reason}"
        : scenario.Note ?? "failed";

    private static void Outcome(XmlWriter writer, string element, string type, string message, string text)
    {
        writer.WriteStartElement(element);
        Attribute(writer, "type", type);
        Attribute(writer, "message", message);
        writer.WriteString(XmlText.Clean(text));
        writer.WriteEndElement();
    }

    private static string Properties(ScenarioResult scenario, string? attachment)
    {
        var text = new StringBuilder("\n");
        Line("about", scenario.About);
        Line("seed", scenario.Seed.ToString(CultureInfo.InvariantCulture));
        Line("transactions", Number(scenario.Transactions));
        Line("cycles", scenario.Cycles.ToString(CultureInfo.InvariantCulture));
        Line("tlps", Number(scenario.TlpsToDevice + scenario.TlpsFromDevice));
        Line("rules", string.Join(' ', scenario.Rules.Where(rule => rule.Checked > 0).Select(rule => rule.Rule)));
        Line("replay", scenario.Replay);
        if (attachment is not null && scenario.Verdict == Verdict.Failed)
        {
            text.Append("[[ATTACHMENT|").Append(attachment).Append("]]\n");
        }

        return text.ToString();

        void Line(string name, string value) =>
            text.Append("[[PROPERTY|").Append(name).Append('=').Append(value.ReplaceLineEndings(" ")).Append("]]\n");
    }

    private static void Property(XmlWriter writer, string name, string value)
    {
        writer.WriteStartElement("property");
        Attribute(writer, "name", name);
        Attribute(writer, "value", value);
        writer.WriteEndElement();
    }

    private static void Attribute(XmlWriter writer, string name, string value) =>
        writer.WriteAttributeString(name, XmlText.Clean(value));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
