using System.Text;
using System.Text.Json;
using HilBench.Checking;

namespace HilBench.Reporting.Tests;

public sealed class JsonReportTests
{
    [Test]
    public void Run_is_the_golden_file()
    {
        var violation = SampleResults.StaleRead with { Evidence = [SampleResults.StaleReadEvidence[6], SampleResults.StaleReadEvidence[8]] };
        var run = SampleResults.Run(
            SampleResults.Passed("smoke/read-4KiB"),
            SampleResults.Failed("invalidate-inside/2MiB-4KiB-middle") with { Violations = [violation] });

        Assert.That(WithoutCoverage(JsonReport.Of(run)), Is.EqualTo(Golden("run.json")));
    }

    [Test]
    public void Coverage_says_of_every_rule_how_often_it_was_exercised_and_caught_or_why_not()
    {
        var run = SampleResults.Run(SampleResults.Passed("smoke/read-4KiB"), SampleResults.Failed("invalidate-inside/2MiB-4KiB-middle"));

        using var json = JsonDocument.Parse(JsonReport.Of(run));

        var rows = json.RootElement.GetProperty("coverage").EnumerateArray().ToDictionary(row => row.GetProperty("rule").GetString()!, row => row.ToString());
        Assert.That(rows.Keys, Is.EquivalentTo(RuleCatalogue.All.Select(rule => rule.Id)));
        Assert.That(Squeezed(rows["ATS-TRN-001"]), Is.EqualTo("{'rule':'ATS-TRN-001','state':'exercised','exercised':30,'caught':0,'reason':null}"));
        Assert.That(Squeezed(rows["ATS-INV-002"]), Is.EqualTo("{'rule':'ATS-INV-002','state':'exercised','exercised':3,'caught':1,'reason':null}"));
        Assert.That(
            Squeezed(rows["ATS-INV-006"]),
            Is.EqualTo("{'rule':'ATS-INV-006','state':'notExercised','exercised':0,'caught':0,'reason':'noscenarioofthisrunputittothetest'}"));
    }

    [Test]
    public void Mutation_is_the_golden_file() =>
        Assert.That(Encoding.UTF8.GetString(JsonReport.Of(SampleResults.Mutation)), Is.EqualTo(Golden("mutate.json")));

    [Test]
    public void Schema_is_the_first_field()
    {
        Assert.That(Encoding.UTF8.GetString(JsonReport.Of(SampleResults.Mixed)), Does.StartWith("{\n  \"schema\": \"hilbench.run/1\","));
        Assert.That(Encoding.UTF8.GetString(JsonReport.Of(SampleResults.Mutation)), Does.StartWith("{\n  \"schema\": \"hilbench.mutate/1\","));
    }

    [Test]
    public void Summary_counts_every_verdict()
    {
        using var json = JsonDocument.Parse(JsonReport.Of(SampleResults.Mixed));

        var summary = json.RootElement.GetProperty("summary").EnumerateObject().Select(field => (field.Name, field.Value.GetInt32()));

        Assert.That(summary, Is.EqualTo(((string, int)[])[("passed", 1), ("failed", 1), ("knownUnsafe", 1), ("notApplicable", 1), ("errors", 1)]));
    }

    [Test]
    public void Only_the_last_object_depends_on_the_clock()
    {
        var run = SampleResults.Mixed;
        var slower = run with
        {
            Duration = run.Duration * 3,
            Scenarios = [.. run.Scenarios.Select(scenario => scenario with { Duration = scenario.Duration * 5 })],
        };

        var first = Before("\"wallClock\"", JsonReport.Of(run));
        var second = Before("\"wallClock\"", JsonReport.Of(slower));

        Assert.That(second, Is.EqualTo(first));
        Assert.That(JsonReport.Of(slower), Is.Not.EqualTo(JsonReport.Of(run)));
    }

    [Test]
    public void Seed_of_64_bits_keeps_every_digit()
    {
        using var json = JsonDocument.Parse(JsonReport.Of(SampleResults.Run() with { Seed = ulong.MaxValue }));

        Assert.That(json.RootElement.GetProperty("seed").GetUInt64(), Is.EqualTo(18446744073709551615UL));
    }

    [Test]
    public void Hostile_text_is_still_one_JSON_document()
    {
        var run = SampleResults.Run(SampleResults.Passed(SampleResults.Hostile)) with { Device = "\"}]\n\\" };

        using var json = JsonDocument.Parse(JsonReport.Of(run));

        Assert.That(json.RootElement.GetProperty("device").GetString(), Is.EqualTo("\"}]\n\\"));
    }

    private static string Before(string mark, byte[] json)
    {
        var text = Encoding.UTF8.GetString(json);
        return text[..text.IndexOf(mark, StringComparison.Ordinal)];
    }

    // One row for each rule of the catalogue: of these the golden file has none, only their place.
    private static string WithoutCoverage(byte[] json)
    {
        var text = Encoding.UTF8.GetString(json);
        var start = text.IndexOf("  \"coverage\": [", StringComparison.Ordinal);
        var end = text.IndexOf("  \"bins\": [", StringComparison.Ordinal);
        Assert.That(end, Is.GreaterThan(start));
        return $"{text[..start]}  \"coverage\": [],\n{text[end..]}";
    }

    private static string Squeezed(string json) =>
        json.Replace(" ", string.Empty, StringComparison.Ordinal).Replace("\n", string.Empty, StringComparison.Ordinal).Replace('"', '\'');

    private static string Golden(string name) =>
        File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", name));
}
