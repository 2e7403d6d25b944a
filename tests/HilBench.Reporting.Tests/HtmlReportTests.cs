using System.Xml;
using System.Xml.Linq;
using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting.Tests;

public sealed class HtmlReportTests
{
    private static readonly XNamespace _none = "";

    [Test]
    public void Page_is_well_formed_and_refers_to_nothing_outside_itself()
    {
        var page = Parse(HtmlReport.Of(SampleResults.Mixed));

        var outside = page.Descendants().Attributes()
            .Where(attribute => attribute.Name.LocalName is "src" or "href" && !attribute.Value.StartsWith('#') && attribute.Value != "data:,");
        Assert.That(outside, Is.Empty);
    }

    [Test]
    public void Hostile_text_stays_text()
    {
        var line = new EvidenceLine(1, JournalSource.Wire, SampleResults.Hostile, SampleResults.Hostile, IsKey: true);
        var violation = new Violation(RuleCatalogue.Get("ATS-INV-002"), 1, SampleResults.Hostile, [line]);
        var scenario = SampleResults.Failed(SampleResults.Hostile) with { About = SampleResults.Hostile, Violations = [violation], Replay = SampleResults.Hostile };
        var run = SampleResults.Run(scenario) with { Device = SampleResults.Hostile, DeviceName = SampleResults.Hostile };

        var page = Parse(HtmlReport.Of(run));

        Assert.That(page.Descendants(_none + "script").Count(), Is.EqualTo(1));
        Assert.That(page.Descendants(_none + "h3").First().Value, Does.Contain("<script>alert('x')</script>&\"\uFFFD\uFFFD]]>|`"));
    }

    [Test]
    public void Failure_shows_the_rule_its_sentence_the_reason_the_TLPs_and_the_replay_command()
    {
        var article = Parse(HtmlReport.Of(SampleResults.Mixed)).Descendants(_none + "article").First();

        Assert.That(article.Value, Does.Contain("ATS-INV-002"));
        Assert.That(article.Value, Does.Contain(RuleCatalogue.Get("ATS-INV-002").Sentence));
        Assert.That(article.Value, Does.Contain("which ended with the Invalidate Completion of ITag 5"));
        Assert.That(article.Value, Does.Contain("InvalidateRequest from=00:00.0 to=01:00.0 itag=5 range=0x7f0000225000+4KiB"));
        Assert.That(article.Value, Does.Contain("72000002 00000501 01000000 00000000 00007f00 00225000"));
        Assert.That(article.Value, Does.Contain("hilbench run --device rtl: --filter 'invalidate-inside/2MiB-4KiB-middle' --seed 7"));
    }

    [Test]
    public void What_a_kernel_is_known_to_get_wrong_stands_apart_with_the_reason_and_breaks_no_rule_of_the_device()
    {
        var known = SampleResults.Passed("unsafe-kernel/reaper") with
        {
            Verdict = Verdict.KnownUnsafe,
            Note = "linux-4.12 is known to be unsafe at OomReaper",
            Rules = [new("MMN-SUB-001", 2, 1)],
        };

        var page = Parse(HtmlReport.Of(SampleResults.Run(known)));
        var alsoFailed = Parse(HtmlReport.Of(SampleResults.Run(known, known with { Verdict = Verdict.Failed })));

        var section = page.Descendants(_none + "section").Single(element => (string?)element.Attribute("id") == "known-unsafe");
        Assert.That(section.Value, Does.Contain("What this kernel gets wrong").And.Contain("linux-4.12 is known to be unsafe at OomReaper"));
        Assert.That(page.Descendants(_none + "section").Select(element => (string?)element.Attribute("id")), Does.Not.Contain("failures"));
        Assert.That(Tile(page, "MMN-SUB-001"), Is.EqualTo("tile warn"));
        Assert.That(Tile(alsoFailed, "MMN-SUB-001"), Is.EqualTo("tile bad"));
    }

    [Test]
    public void Every_group_of_rules_has_a_name_in_words()
    {
        var names = Parse(HtmlReport.Of(SampleResults.Mixed)).Descendants(_none + "div")
            .Where(element => (string?)element.Attribute("class") == "family")
            .Select(element => element.Descendants(_none + "h3").Single().Nodes().OfType<XText>().First().Value).ToList();

        Assert.That(names, Has.Count.AtLeast(12));
        Assert.That(names.Where(name => RuleCatalogue.All.Any(rule => rule.Id.StartsWith(name, StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    public void Every_event_stands_in_the_lane_of_its_stream()
    {
        var timeline = Parse(HtmlReport.Of(SampleResults.Run(SampleResults.Failed("a/b"))))
            .Descendants(_none + "div").First(element => (string?)element.Attribute("class") == "timeline");

        var lanes = timeline.Descendants().Select(element => (string?)element.Attribute("class"))
            .Where(name => name?.StartsWith("card ", StringComparison.Ordinal) == true).Select(name => name![5..]);

        Assert.That(lanes, Is.EqualTo((string[])
        [
            "lane-cpu", "lane-wire", "lane-agent", "lane-wire", "lane-cpu",
            "lane-agent", "lane-wire", "lane-wire", "lane-device", "lane-wire",
        ]));
    }

    [Test]
    public void Lines_that_carry_the_proof_are_marked()
    {
        var timeline = Parse(HtmlReport.Of(SampleResults.Run(SampleResults.Failed("a/b"))))
            .Descendants(_none + "div").First(element => (string?)element.Attribute("class") == "timeline");

        var keys = timeline.Elements().Count(row => ((string)row.Attribute("class")!).Contains(" key", StringComparison.Ordinal));

        Assert.That(keys, Is.EqualTo(6));
    }

    [Test]
    public void Table_has_one_row_for_each_scenario_with_its_verdict_in_words()
    {
        var rows = Parse(HtmlReport.Of(SampleResults.Mixed)).Descendants(_none + "tr").Where(row => row.Attribute("data-verdict") is not null).ToList();

        Assert.That(rows.Select(row => (string)row.Attribute("data-verdict")!), Is.EqualTo((string[])["passed", "failed", "notApplicable", "knownUnsafe", "error"]));
        Assert.That(rows.Select(row => row.Elements().First().Value), Is.EqualTo((string[])["passed", "failed", "not applicable", "known unsafe", "error"]));
    }

    [Test]
    public void Rule_tile_tells_checked_broken_and_unchecked_rules_apart()
    {
        var tiles = Parse(HtmlReport.Of(SampleResults.Mixed)).Descendants(_none + "button")
            .Where(button => button.Attribute("data-rule") is not null)
            .ToDictionary(button => (string)button.Attribute("data-rule")!, button => (string)button.Attribute("class")!);

        Assert.That(tiles, Has.Count.EqualTo(RuleCatalogue.All.Count));
        Assert.That(tiles["ATS-INV-001"], Is.EqualTo("tile good"));
        Assert.That(tiles["ATS-INV-002"], Is.EqualTo("tile bad"));
        Assert.That(tiles["ATS-PRI-001"], Is.EqualTo("tile none"));
    }

    [Test]
    public void Scenario_that_passed_with_an_unconfirmed_rule_broken_is_a_warning()
    {
        var rule = RuleCatalogue.All.First(candidate => candidate.Confidence == RuleConfidence.C);
        var scenario = SampleResults.Passed("a/b") with
        {
            Rules = [new(rule.Id, 1, 1)],
            Violations = [new Violation(rule, 5, "seen once", SampleResults.StaleReadEvidence)],
        };

        var page = Parse(HtmlReport.Of(SampleResults.Run(scenario)));

        var sections = page.Descendants(_none + "section").Select(section => (string)section.Attribute("id")!);
        Assert.That(sections, Is.EqualTo((string[])["warnings", "rules", "scenarios"]));
        Assert.That(page.Descendants(_none + "h1").Single().Value, Is.EqualTo("1 of 1 scenarios passed"));
        var tile = page.Descendants(_none + "button").Single(button => (string?)button.Attribute("data-rule") == rule.Id);
        Assert.That((string)tile.Attribute("class")!, Is.EqualTo("tile warn"));
    }

    [Test]
    public void Headline_of_a_run_without_a_tested_scenario_does_not_say_passed()
    {
        var run = SampleResults.Run(SampleResults.Passed("a/b") with { Verdict = Verdict.NotApplicable, Note = "no ATS" });

        var headline = Parse(HtmlReport.Of(run)).Descendants(_none + "h1").Single().Value;

        Assert.That(headline, Is.EqualTo("Nothing was tested"));
    }

    [Test]
    public void Headline_of_a_run_in_which_only_the_kernel_was_wrong_says_so()
    {
        var run = SampleResults.Run(SampleResults.Passed("a/b") with { Verdict = Verdict.KnownUnsafe, Note = "unsafe" });

        var headline = Parse(HtmlReport.Of(run)).Descendants(_none + "h1").Single().Value;

        Assert.That(headline, Is.EqualTo("1 of 1 scenarios: the kernel is known to be unsafe"));
    }

    private static string? Tile(XDocument page, string rule) => (string?)page.Descendants(_none + "button")
        .Single(element => (string?)element.Attribute("data-rule") == rule).Attribute("class");

    private static XDocument Parse(string html)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore };
        using var reader = XmlReader.Create(new StringReader(html), settings);
        return XDocument.Load(reader);
    }
}
