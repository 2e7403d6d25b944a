using HilBench.Checking;
using HilBench.Devices;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios.Tests;

/// <summary>
/// Where the real kernel was unsafe a scenario ends as known unsafe, with the reason, when and only when the kernel's own
/// mistake is what broke the rule.
/// </summary>
public sealed class KnownUnsafeTests
{
    public const string Group = "unsafe-kernel";

    private static readonly string[] _until419 = ["linux-4.12", "linux-4.13", "linux-4.15", "linux-4.19"];

    private static readonly string[] _until519 =
        [.. _until419, "linux-5.0", "linux-5.2", "linux-5.4", "linux-5.5", "linux-5.13"];

    /// <summary>
    /// The cells of table 2.6 of the notifier specification that are marked "!", for the rows that a scenario forces.
    /// </summary>
    private static readonly Dictionary<string, (CallSite[] Sites, string[] Profiles)> _unsafe = new()
    {
        // Row 9.
        ["mremap-frees-what-the-device-holds"] = ([CallSite.Mremap], [.. _until519, "linux-6.1"]),
        ["mremap-read-of-a-freed-page"] = ([CallSite.Mremap], [.. _until519, "linux-6.1"]),

        // Row 34.
        ["reaper-tells-nobody"] = ([CallSite.OomReaper], ["linux-4.12", "linux-4.13"]),

        // Rows 7 and 8 together: row 8 of 4.15 has a later fix, row 7 has not.
        ["write-during-the-copy-of-a-huge-page"] = ([CallSite.NumaThpFault, CallSite.MisplacedThp], _until419),

        // Rows 25, 24 and 30.
        ["migration-names-one-page-of-hugetlb"] = ([CallSite.MigrateUnmap], ["linux-4.12"]),
        ["poison-names-one-page-of-hugetlb"] = ([CallSite.Hwpoison], ["linux-4.12"]),
        ["collapse-frees-a-table-untold"] = ([CallSite.CollapseFile], _until519),
    };

    // Litmus L15: the page is taken away through its new address before mremap ends its range for the old one.
    private const string Raced = """
        - map: { name: page, size: 4KiB, at: 0x40000000 }
        - begin: { as: cpu, until: before-notifier, steps: [ mremap: { at: page, size: 4KiB, new-size: 4KiB, to: 0x50000000 } ] }
        - migrate: { at: 0x50000000 }
        - go: { thread: cpu }
        """;

    private const string Calm = """
        - map: { name: page, size: 4KiB, at: 0x40000000 }
        - mremap: { at: page, size: 4KiB, new-size: 4KiB, to: 0x50000000 }
        - migrate: { at: 0x50000000 }
        """;

    private static IEnumerable<TestCaseData> ProfilesAndPolicies() =>
        from profile in KernelProfile.All
        from policy in InvalidationPolicies.Names
        select new TestCaseData(profile, policy);

    [TestCaseSource(nameof(ProfilesAndPolicies))]
    public void The_suite_shows_each_unsafe_kernel_as_known_unsafe_and_every_other_passes(
        KernelProfile profile, string policy)
    {
        var run = new SuiteRunner(new DeviceLocations("."), TimeProvider.System).Run(
            new RunOptions { Device = "model:", Filter = $"{Group}/*", Profile = profile.Name, Policy = policy },
            new Silent(), CancellationToken.None);

        Assert.That(run.Scenarios.Select(result => result.Name), Is.EquivalentTo(_unsafe.Keys.Select(name => $"{Group}/{name}")));
        foreach (var result in run.Scenarios.Where(result => result.Verdict != Verdict.NotApplicable))
        {
            var (sites, profiles) = _unsafe[result.Name[(Group.Length + 1)..]];
            var isUnsafe = profiles.Contains(profile.Name);

            Assert.That(result.Verdict, Is.EqualTo(isUnsafe ? Verdict.KnownUnsafe : Verdict.Passed), $"{result.Name}: {result.Note}");
            Assert.That(
                sites.Any(site => result.Note?.StartsWith($"{profile.Name} is known to be unsafe at {site} (", StringComparison.Ordinal) == true),
                Is.EqualTo(isUnsafe), result.Note);
        }

        var skipped = run.Scenarios.Where(result => result.Verdict == Verdict.NotApplicable).ToList();
        Assert.That(skipped, Has.Count.EqualTo(profile.Version > KernelProfile.Linux61.Version ? 2 : 0));
        Assert.That(skipped.Select(result => result.Note), Has.All.Contains("is newer than linux-6.1"));
    }

    [Test]
    public void A_page_freed_through_its_new_address_before_mremap_ends_is_known_of_the_kernel()
    {
        var result = Run(Raced, KernelProfile.Linux412);

        Assert.That(result.Verdict, Is.EqualTo(Verdict.KnownUnsafe), result.Note);
        Assert.That(result.Note, Does.StartWith(
            "linux-4.12 is known to be unsafe at Mremap (E!): the device's translation of the old address lives until"));
    }

    /// <remarks>
    /// From 4.13 on the reverse map finds the old mapping first, and the range that it announces there invalidates it.
    /// </remarks>
    [TestCase(Calm, "linux-4.12")]
    [TestCase(Raced, "linux-4.13")]
    [TestCase(Raced, "linux-6.1")]
    public void The_unsafe_kernel_passes_when_nothing_unsafe_happens(string steps, string profile)
    {
        var result = Run(steps, KernelProfile.Find(profile)!);

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), result.Note);
    }

    [Test]
    public void The_same_mistake_at_a_site_that_is_not_known_to_be_unsafe_is_not_excused()
    {
        var result = Run(Raced, KernelProfile.Linux412.With(CallSite.Mremap, PlacementCode.Parse("E")));

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Error));
        Assert.That(result.Note, Does.Contain(nameof(NotifierRule.StaleTranslationAtFree)));
    }

    [TestCase("unsafe", Verdict.KnownUnsafe)]
    [TestCase("safe", Verdict.Failed)]
    public void A_subscriber_that_the_kernel_does_not_tell_is_excused_where_the_kernel_is_known_for_it(
        string kernel, Verdict verdict)
    {
        // Row 25 of 4.12 with nobody told at all: marked as unsafe, or not.
        var code = PlacementCode.Parse(kernel == "unsafe" ? "-!" : "-");

        var result = ScenarioBench.RunSteps("""
            - client-add: { as: k, kind: sequence-count }
            - map: { name: page, size: 4KiB, at: 0x40000000 }
            - client-read: { client: k, at: page }
            - migrate: { at: page }
            - client-read: { client: k, at: page }
            """,
            options: new() { Profile = KernelProfile.Linux412.With(CallSite.MigrateUnmap, code) },
            keys: "    rules: [MMN-SUB-001]\n    processes: { main: { pasid: unbound } }\n");

        Assert.That(result.Verdict, Is.EqualTo(verdict), result.Note);
        Assert.That(result.Violations.Select(violation => violation.Rule.Id), Is.EqualTo(new[] { "MMN-SUB-001" }));
    }

    [Test]
    public void A_device_that_breaks_a_rule_of_its_own_is_not_excused_by_an_unsafe_kernel()
    {
        using var device = new ModelDevice("M01");

        var result = ScenarioBench.RunSteps(
            "- map: { name: page, size: 8KiB, at: 0x40000000 }\n- dma-read: { at: page }\n- migrate: { at: page }\n- dma-read: { at: page }",
            device, new() { Profile = KernelProfile.Linux412 }, "    rules: [ATS-INV-001]\n");

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
    }

    private static ScenarioResult Run(string steps, KernelProfile profile) =>
        ScenarioBench.RunSteps(steps, options: new() { Profile = profile });

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
