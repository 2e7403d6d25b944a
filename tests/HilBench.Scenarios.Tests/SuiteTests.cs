using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios.Tests;

/// <summary>The built-in suites load, and pass on the reference model under every kernel and policy.</summary>
public sealed class SuiteTests
{
    // Kernels that were unsafe do not pass their own group: KnownUnsafeTests.
    private static readonly string[] _groups =
    [
        .. SuiteCatalogue.Load("conformance").Select(scenario => scenario.Name.Split('/')[0]).Distinct()
            .Except([KnownUnsafeTests.Group]),
    ];

    private static IEnumerable<TestCaseData> Combinations() =>
        from profile in KernelProfile.All
        from policy in InvalidationPolicies.Names
        from @group in _groups
        select new TestCaseData(profile.Name, policy, @group);

    [Test]
    public void Every_folder_of_suites_is_a_suite()
    {
        var folders = typeof(SuiteCatalogue).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("suites/", StringComparison.Ordinal))
            .Select(name => name.Split('/')[1])
            .Distinct()
            .Except(["litmus"]); // another form, and a catalogue of its own
        Assert.That(SuiteCatalogue.All.Select(suite => suite.Name), Is.EquivalentTo(folders));
    }

    [Test]
    public void Names_are_unique_and_rules_exist()
    {
        var all = SuiteCatalogue.All.Where(suite => suite.Includes is null).SelectMany(suite => SuiteCatalogue.Scenarios(suite.Name))
            .Concat(SuiteCatalogue.Scenarios("full").Skip(SuiteCatalogue.Scenarios("conformance").Count)).ToList();
        Assert.That(all.Select(scenario => scenario.Name), Is.Unique);
        Assert.That(all.SelectMany(scenario => scenario.Rules).Where(rule => RuleCatalogue.Find(rule) is null), Is.Empty);
        Assert.That(all.Where(scenario => scenario.Rules.Count == 0), Is.Empty, "every scenario of ours is about some rule");
    }

    [Test]
    public void Conformance_has_at_least_40_scenarios() => Assert.That(SuiteCatalogue.Scenarios("conformance"), Has.Count.AtLeast(40));

    [Test]
    public void A_suite_that_is_not_there_is_told_with_the_nearest() =>
        Assert.That(
            () => SuiteCatalogue.Load("confromance"),
            Throws.InstanceOf<InputException>().With.Message.EqualTo("there is no suite and no file 'confromance'. Did you mean 'conformance'?"));

    [TestCaseSource(nameof(Combinations))]
    public void The_reference_model_passes(string profile, string policy, string group)
    {
        var result = Run(new RunOptions { Device = "model:", Filter = $"{group}/*", Profile = profile, Policy = policy });
        var wrong = result.Scenarios.Where(scenario => scenario.Verdict != Verdict.Passed)
            .Select(scenario => $"{scenario.Name}: {scenario.Verdict} {scenario.Note} {string.Join("; ", scenario.Violations.Select(violation => $"{violation.Rule.Id} {violation.Reason}").Take(2))}");
        Assert.That(string.Join('\n', wrong), Is.Empty);
    }

    [TestCaseSource(typeof(KernelProfile), nameof(KernelProfile.All))]
    public void Mistakes_of_subscribers_show_and_their_correct_twins_show_nothing(KernelProfile profile)
    {
        var result = Run(new RunOptions { Device = "model:", Suite = "clients", Profile = profile.Name });
        var wrong = result.Scenarios.Where(scenario => scenario.Verdict != Verdict.Passed && (profile.HasIntervals || scenario.Verdict != Verdict.NotApplicable))
            .Select(scenario => $"{scenario.Name}: {scenario.Verdict} {scenario.Note} {string.Join("; ", scenario.Violations.Select(violation => violation.Reason).Take(2))}");
        Assert.That(string.Join('\n', wrong), Is.Empty);
        Assert.That(result.Count(Verdict.Passed), Is.AtLeast(40));
    }

    [Test]
    public void The_same_seed_gives_the_same_result_and_another_seed_another_interleaving()
    {
        var options = new RunOptions { Device = "model:", Filter = "cpu/*" };
        var first = Facts(Run(options));
        Assert.That(Facts(Run(options)), Is.EqualTo(first));
        Assert.That(Facts(Run(options with { Seed = 2 })), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_selection_changes_nothing_in_what_it_selects()
    {
        var all = Facts(Run(new RunOptions { Device = "model:", Filter = "cpu/*" }));
        var one = Facts(Run(new RunOptions { Device = "model:", Filter = "cpu/migrate-while-writing-3" }));
        Assert.That(one, Has.Count.EqualTo(1));
        Assert.That(all, Does.Contain(one[0]));
    }

    [Test]
    public void Repeats_have_seeds_of_their_own()
    {
        var result = Run(new RunOptions { Device = "model:", Filter = "cpu/migrate-while-writing-1", Repeat = 4 });
        Assert.That(result.Scenarios.Select(scenario => scenario.Seed), Is.Unique);
        Assert.That(result.Scenarios.Select(scenario => scenario.Cycles).Distinct().Count(), Is.GreaterThan(1));
    }

    [Test]
    public void A_filter_that_matches_nothing_is_an_error() =>
        Assert.That(
            () => Run(new RunOptions { Device = "model:", Filter = "nothing/*" }),
            Throws.InstanceOf<InputException>().With.Message.StartsWith("no scenario of 'conformance' matches 'nothing/*'"));

    private static RunResult Run(RunOptions options) =>
        new SuiteRunner(new DeviceLocations("."), TimeProvider.System).Run(options, new Silent(), CancellationToken.None);

    private static List<string> Facts(RunResult result) =>
    [
        .. result.Scenarios.Select(scenario =>
            $"{scenario.Name} {scenario.Verdict} {scenario.Seed} {scenario.Cycles} {scenario.TlpsToDevice} {scenario.TlpsFromDevice} "
            + $"{scenario.Transactions} {string.Join(',', scenario.Rules)}"),
    ];

    private sealed class Silent : IRunProgress
    {
        public void ScenarioStarted(string name, int index, int total)
        {
        }

        public void ScenarioFinished(ScenarioResult result)
        {
        }
    }
}
