namespace HilBench.Checking.Tests;

public sealed class RuleTests
{
    private static IEnumerable<string> Rules => RuleStories.All.Keys;

    [Test]
    public void Every_rule_that_the_checker_implements_has_a_story_that_breaks_it() =>
        Assert.That(RuleStories.All.Keys, Is.EquivalentTo(Checker.ImplementedRules));

    [TestCaseSource(nameof(Rules))]
    public void A_device_that_breaks_the_rule_is_told_so(string rule)
    {
        var script = new CheckerScript(layout: RuleStories.LayoutOf(rule));

        RuleStories.All[rule](script);

        Assert.That(script.Broken, Does.Contain(rule));
        Assert.That(script.Checker.RuleCounts.Single(count => count.Rule == rule).Broken, Is.Positive);
    }
}
