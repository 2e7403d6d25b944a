using HilBench.Checking;
using HilBench.Devices;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>
/// Where the real kernel was unsafe a scenario ends as known unsafe, with the reason, when and only when the kernel's own
/// mistake is what broke the rule.
/// </summary>
public sealed class KnownUnsafeTests
{
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

    [Test]
    public void A_page_freed_through_its_new_address_before_mremap_ends_is_known_of_the_kernel()
    {
        var result = Run(Raced, KernelProfile.Linux412);

        Assert.That(result.Verdict, Is.EqualTo(Verdict.KnownUnsafe), result.Note);
        Assert.That(result.Note, Does.StartWith(
            "linux-4.12 is known to be unsafe at Mremap (E!): the device's translation of the old address lives until"));
    }

    /// <remarks>
    /// From 4.13 on the reverse map still finds the old mapping, and the range that it announces there invalidates it.
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
}
