namespace HilBench.Checking.Tests;

public sealed class RuleTests
{
    [TestCaseSource(typeof(RuleStories), nameof(RuleStories.Cases))]
    public void A_device_that_breaks_a_rule_is_reported_for_that_rule_first(object told)
    {
        var story = (RuleStory)told;

        var link = story.Play(isMistaken: true);

        Assert.That(link.BrokenRules, Is.Not.Empty);
        Assert.That(link.BrokenRules[story.IsCompanion ? 1 : 0], Is.EqualTo(story.Rule), link.Checker.Violations[0].Reason);
    }

    [TestCaseSource(typeof(RuleStories), nameof(RuleStories.Cases))]
    public void A_correct_device_under_the_same_stimulus_breaks_nothing(object told)
    {
        var story = (RuleStory)told;

        var link = story.Play(isMistaken: false);

        Assert.That(link.Checker.Violations.Select(violation => $"{violation.Rule.Id}: {violation.Reason}"), Is.Empty);
    }

    [TestCaseSource(typeof(RuleStories), nameof(RuleStories.Cases))]
    public void A_correct_device_under_the_same_stimulus_puts_the_rule_to_the_test(object told)
    {
        var story = (RuleStory)told;

        var link = story.Play(isMistaken: false);

        Assert.That(link.Checker.RuleCounts.Select(count => count.Rule), Does.Contain(story.Rule));
    }

    [TestCaseSource(typeof(AllowedStories), nameof(AllowedStories.Cases))]
    public void What_is_allowed_is_counted_and_not_reported(object told)
    {
        var story = (RuleStory)told;

        var link = story.Play(isMistaken: false);

        Assert.That(link.BrokenRules, Is.Empty);
        Assert.That(link.Checker.RuleCounts.Select(count => count.Rule), Does.Contain(story.Rule));
    }

    [Test]
    public void Every_implemented_rule_has_a_device_that_breaks_it()
    {
        var covered = RuleStories.All.Select(story => story.Rule).Concat(RuleStories.ReportedFromOutside).Concat(AllowedStories.All.Select(story => story.Rule)).Distinct();

        Assert.That(covered, Is.EquivalentTo(Checker.ImplementedRules));
    }

    [TestCaseSource(typeof(RuleStories), nameof(RuleStories.ReportedFromOutside))]
    public void A_rule_that_only_the_bench_can_see_is_reported_from_outside(string rule)
    {
        var link = new ScriptedLink();

        link.Checker.Report(rule, "an operation never ends");

        Assert.That(link.BrokenRules, Is.EqualTo(new[] { rule }));
        Assert.That(link.Checker.Violations[0].Reason, Is.EqualTo("an operation never ends"));
    }
}
