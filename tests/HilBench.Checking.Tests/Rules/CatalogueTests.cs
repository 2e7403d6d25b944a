namespace HilBench.Checking.Tests;

public sealed class CatalogueTests
{
    // Sections B.1 to B.11 of the reference: capabilities 11, requests 17, completions 27, ...
    [TestCase("ATS-CAP-", 11)]
    [TestCase("ATS-REQ-", 17)]
    [TestCase("ATS-CPL-", 27)]
    [TestCase("ATS-TRN-", 10)]
    [TestCase("ATS-INV-", 25)]
    [TestCase("ATS-ICP-", 26)]
    [TestCase("ATS-ORD-", 12)]
    [TestCase("ATS-LIF-", 13)]
    [TestCase("ATS-PAS-", 9)]
    [TestCase("ATS-PRI-", 22)]
    [TestCase("ATS-MAL-", 12)]
    [TestCase("MMN-SUB-", 2)]
    [TestCase("", 186)]
    public void Every_rule_of_the_reference_is_there_once_and_in_order(string section, int count)
    {
        var ids = RuleCatalogue.All.Select(rule => rule.Id).Where(id => id.StartsWith(section, StringComparison.Ordinal)).ToArray();

        Assert.That(ids, Is.Unique);
        Assert.That(ids, Has.Length.EqualTo(count));
        Assert.That(section.Length == 0 || ids.SequenceEqual(Enumerable.Range(1, count).Select(i => $"{section}{i:000}")), Is.True);
    }

    [Test]
    public void Every_rule_says_what_holds_for_whom_and_where_it_comes_from()
    {
        foreach (var rule in RuleCatalogue.All)
        {
            Assert.That(rule.Sentence, Does.Match(@"^[A-Z0-9].*\.$"), rule.Id);
            Assert.That(rule.Subject, Is.Not.EqualTo(RuleSubject.None), rule.Id);
            Assert.That(rule.Severity, Is.Not.EqualTo(RuleSeverity.None), rule.Id);
            Assert.That(rule.Confidence, Is.Not.EqualTo(RuleConfidence.None), rule.Id);
            Assert.That(rule.Source, Is.Not.Empty, rule.Id);
            Assert.That(rule.Observation, Is.Not.Empty, rule.Id);
        }
    }

    [TestCase("ATS-INV-002", RuleSeverity.Critical, RuleConfidence.A)]
    [TestCase("ATS-REQ-009", RuleSeverity.Warning, RuleConfidence.C)]
    [TestCase("ATS-ICP-014", RuleSeverity.Info, RuleConfidence.A)]
    public void Severity_and_confidence_are_those_of_the_reference(string id, RuleSeverity severity, RuleConfidence confidence) =>
        Assert.That((RuleCatalogue.Get(id).Severity, RuleCatalogue.Get(id).Confidence), Is.EqualTo((severity, confidence)));

    [Test]
    public void Every_fault_of_the_reference_is_there_once_and_in_order() =>
        Assert.That(FaultCatalogue.All.Select(fault => fault.Id), Is.EqualTo(Enumerable.Range(1, 82).Select(i => $"M{i:00}")));

    [Test]
    public void The_rules_that_a_fault_breaks_exist()
    {
        foreach (var fault in FaultCatalogue.All)
        {
            Assert.That(fault.Rules, Is.Not.Empty.And.Unique, fault.Id);
            Assert.That(fault.Rules.Where(rule => RuleCatalogue.Find(rule) is null), Is.Empty, fault.Id);
        }
    }

    [Test]
    public void Rules_and_faults_are_found_by_id()
    {
        Assert.That(RuleCatalogue.Get("ATS-INV-002").Severity, Is.EqualTo(RuleSeverity.Critical));
        Assert.That(RuleCatalogue.Find("ATS-INV-999"), Is.Null);
        Assert.That(() => RuleCatalogue.Get("ATS-INV-999"), Throws.TypeOf<KeyNotFoundException>());
        Assert.That(FaultCatalogue.Find("M11")?.Rules, Is.EqualTo(new[] { "ATS-INV-002" }));
        Assert.That(FaultCatalogue.Find("M83"), Is.Null);
    }

    [Test]
    public void Every_implemented_rule_is_in_the_catalogue() =>
        Assert.That(Checker.ImplementedRules.Where(rule => RuleCatalogue.Find(rule) is null), Is.Empty);
}
