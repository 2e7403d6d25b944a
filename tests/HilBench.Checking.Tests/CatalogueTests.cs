namespace HilBench.Checking.Tests;

public sealed class CatalogueTests
{
    [Test]
    public void There_are_184_rules_with_ids_of_their_own()
    {
        Assert.That(RuleCatalogue.All, Has.Count.EqualTo(184));
        Assert.That(RuleCatalogue.All.Select(rule => rule.Id), Is.Unique);
    }

    [Test]
    public void There_are_82_faults_and_the_rules_that_they_break_exist()
    {
        Assert.That(FaultCatalogue.All, Has.Count.EqualTo(82));
        Assert.That(FaultCatalogue.All.SelectMany(fault => fault.Rules).Where(rule => RuleCatalogue.Find(rule) is null), Is.Empty);
    }

    [TestCase("ATS-INV-002", RuleSeverity.Critical, RuleConfidence.A)]
    [TestCase("ATS-REQ-009", RuleSeverity.Warning, RuleConfidence.C)]
    [TestCase("ATS-ICP-014", RuleSeverity.Info, RuleConfidence.A)]
    public void Severity_and_confidence_are_those_of_the_reference(string id, RuleSeverity severity, RuleConfidence confidence)
    {
        Assert.That(RuleCatalogue.Get(id).Severity, Is.EqualTo(severity));
        Assert.That(RuleCatalogue.Get(id).Confidence, Is.EqualTo(confidence));
    }
}
