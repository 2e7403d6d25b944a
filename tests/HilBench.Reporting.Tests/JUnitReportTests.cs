using System.ComponentModel;
using System.Diagnostics;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using HilBench.Checking;

namespace HilBench.Reporting.Tests;

public sealed class JUnitReportTests
{
    private static readonly string _schema = Path.Combine(TestContext.CurrentContext.TestDirectory, "Schemas", "junit.xsd");

    private static readonly RunResult[] _runs =
    [
        SampleResults.Mixed,
        SampleResults.Run(),
        SampleResults.Run(SampleResults.Passed(SampleResults.Hostile, SampleResults.Hostile) with { Replay = SampleResults.Hostile })
            with { Device = SampleResults.Hostile, Replay = SampleResults.Hostile, Suite = SampleResults.Hostile },
    ];

    [TestCaseSource(nameof(_runs))]
    public void Strictest_schema_takes_it(RunResult run)
    {
        var schemas = new XmlSchemaSet();
        schemas.Add(null, _schema);
        var findings = new List<string>();

        Parse(run).Validate(schemas, (_, finding) => findings.Add(finding.Message));

        Assert.That(findings, Is.Empty);
    }

    [Test]
    public void Schema_refuses_properties_in_a_test_case()
    {
        var schemas = new XmlSchemaSet();
        schemas.Add(null, _schema);
        var report = Parse(SampleResults.Mixed);
        report.Descendants("testcase").First().AddFirst(new XElement("properties", new XElement("property", new XAttribute("name", "a"), new XAttribute("value", "b"))));

        Assert.Throws<XmlSchemaValidationException>(() => report.Validate(schemas, null));
    }

    [Test]
    public void Xmllint_takes_it()
    {
        var file = Path.Combine(TestContext.CurrentContext.WorkDirectory, "xmllint.xml");
        File.WriteAllBytes(file, JUnitReport.Of(SampleResults.Mixed));
        try
        {
            using var process = Process.Start(new ProcessStartInfo("xmllint", ["--noout", "--schema", _schema, file]) { RedirectStandardError = true })!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();

            Assert.That(process.ExitCode, Is.Zero, said);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("xmllint is not on this machine: apt-get install libxml2-utils");
        }
    }

    [Test]
    public void Suite_carries_seed_device_versions_and_the_replay_command()
    {
        var properties = Parse(SampleResults.Mixed).Descendants("property")
            .ToDictionary(property => property.Attribute("name")!.Value, property => property.Attribute("value")!.Value);

        Assert.That(properties["seed"], Is.EqualTo("7"));
        Assert.That(properties["device"], Is.EqualTo("rtl:?fault=M11"));
        Assert.That(properties["profile"], Is.EqualTo("linux-6.1"));
        Assert.That(properties["policy"], Is.EqualTo("4k"));
        Assert.That(properties["version.hilbench"], Is.EqualTo("0.1.0"));
        Assert.That(properties["replay"], Is.EqualTo("hilbench run --device 'rtl:?fault=M11' --seed 7"));
    }

    [Test]
    public void Counts_tell_failures_errors_and_skipped_apart()
    {
        var suite = Parse(SampleResults.Mixed).Descendants("testsuite").Single();

        var counts = ((string[])["tests", "failures", "errors", "skipped"]).Select(name => suite.Attribute(name)!.Value);

        Assert.That(counts, Is.EqualTo((string[])["5", "1", "1", "2"]));
    }

    [Test]
    public void Failure_names_the_rule_and_holds_the_evidence()
    {
        var failure = Parse(SampleResults.Mixed).Descendants("failure").Single();

        Assert.That(failure.Attribute("type")!.Value, Is.EqualTo("ATS-INV-002"));
        Assert.That(failure.Attribute("message")!.Value, Does.Contain("rests on the 2 MiB translation"));
        Assert.That(failure.Value, Does.Contain("InvalidateCompletion from=01:00.0 to=00:00.0 itags=5 CC=1"));
    }

    [Test]
    public void Report_is_attached_to_failures_only()
    {
        var cases = Parse(SampleResults.Mixed, "out/report/index.html").Descendants("testcase")
            .Where(test => test.Value.Contains("[[ATTACHMENT|out/report/index.html]]", StringComparison.Ordinal))
            .Select(test => test.Attribute("name")!.Value);

        Assert.That(cases, Is.EqualTo((string[])["invalidate-inside/2MiB-4KiB-middle"]));
    }

    private static XDocument Parse(RunResult run, string? attachment = null)
    {
        using var reader = XmlReader.Create(new MemoryStream(JUnitReport.Of(run, attachment)));
        return XDocument.Load(reader);
    }
}
