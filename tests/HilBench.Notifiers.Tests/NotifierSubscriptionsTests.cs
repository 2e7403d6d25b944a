using HilBench.Journal;
using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

public sealed class NotifierSubscriptionsTests
{
    [Test]
    public void Clients_are_called_newest_first()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("old", StartEnd);
        bench.Add("new", StartEnd);

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "new.start", "old.start", "new.end", "old.end" }));
    }

    [Test]
    public void Range_end_of_6_1_invalidates_the_secondary_TLB_before_each_end_callback()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("k", StartEnd | NotifierCallbacks.InvalidateSecondaryTlb);

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "k.start", "k.inv 0x1000-0x3000", "k.end" }));
        var implied = bench.Journal[1].Read<NotifierCallRecord>();
        Assert.That(implied.Flags.HasFlag(NotifierCallFlags.Implied), Is.True);
        Assert.That((implied.Start, implied.End, implied.OperationId), Is.EqualTo((0x1000UL, 0x3000UL, 7u)));
    }

    [Test]
    public void The_only_end_variant_leaves_the_secondary_TLB_alone()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("k", StartEnd | NotifierCallbacks.InvalidateSecondaryTlb);

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.UnderLockBeforeSet));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "k.start", "k.end" }));
    }

    [Test]
    public void Range_end_of_6_6_invalidates_the_secondary_TLB_at_no_site(
        [Values] CallSite site)
    {
        var bench = new SubscriptionBench(KernelProfile.Linux66);
        bench.Add("tlb", NotifierCallbacks.InvalidateSecondaryTlb);

        Run(bench.Subscriptions.Start(bench.Cpu, Range() with { Site = site }));
        Run(bench.Subscriptions.End(bench.Cpu, Range() with { Site = site }));

        Assert.That(bench.Calls, Is.Empty);
    }

    [Test]
    public void An_experiment_makes_even_range_end_of_6_6_invalidate_the_secondary_TLB()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux66.With(CallSite.Cow, Placement.AtEnd));
        bench.Add("tlb", NotifierCallbacks.InvalidateSecondaryTlb);

        Run(bench.Subscriptions.Start(bench.Cpu, Range() with { Site = CallSite.Cow }));
        Run(bench.Subscriptions.End(bench.Cpu, Range() with { Site = CallSite.Cow }));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "tlb.inv 0x1000-0x3000" }));
    }

    [Test]
    public void From_6_6_on_a_client_with_both_kinds_of_callback_is_refused()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux66);

        Assert.That(() =>
            bench.Add("k", StartEnd | NotifierCallbacks.InvalidateSecondaryTlb), Throws.ArgumentException);
    }

    [Test]
    public void A_failing_start_calls_every_client_then_ends_all_that_have_an_end()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("n3", StartEnd);
        bench.Add("n2", NotifierCallbacks.InvalidateRangeStart).StartAnswer = -11;
        bench.Add("n1", StartEnd);

        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "n1.start", "n2.start", "n3.start", "n1.end", "n3.end" }));
        Assert.That(bench.Cpu.StartResult, Is.EqualTo(-11));
        Assert.That(bench.Cpu.OpenRanges, Is.Empty);
        Assert.That(bench.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_client_that_waits_for_its_device_makes_the_operation_yield_until_it_is_settled()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("k", NotifierCallbacks.InvalidateSecondaryTlb).WaitsLeft = 5;

        var waits = Run(bench.Subscriptions.InvalidateSecondaryTlb(bench.Cpu, new(0x1000), new(0x2000)));

        Assert.That(waits, Is.EqualTo(5));
    }

    [Test]
    public void A_client_is_not_registered_while_a_range_is_between_start_and_end()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Assert.That(() => bench.Add("late", StartEnd), Throws.InvalidOperationException);
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(() => bench.Add("late", StartEnd), Throws.Nothing);
    }

    [Test]
    public void A_client_unregistered_between_start_and_end_gets_release_and_no_end()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var client = bench.Add("k", StartEnd | NotifierCallbacks.Release);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Run(bench.Subscriptions.Unregister(new CpuContext(8), client));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "k.start", "k.release" }));
    }

    [Test]
    public void Unregister_waits_for_a_traversal_that_is_under_way()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var client = bench.Add("k", StartEnd);
        using var start = bench.Subscriptions.Start(bench.Cpu, Range()).GetEnumerator();
        start.MoveNext();

        using var unregister = bench.Subscriptions.Unregister(new CpuContext(8), client).GetEnumerator();
        Assert.That(unregister.MoveNext(), Is.True);
        Assert.That(unregister.Current.Kind, Is.EqualTo(PreemptionKind.SynchronizeWait));

        while (start.MoveNext())
        {
        }

        Assert.That(unregister.MoveNext(), Is.False);
    }

    [Test]
    public void Test_young_stops_at_the_first_client_that_says_yes()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Cpu.PageTableLocks = 1;
        bench.Add("a", NotifierCallbacks.Young);
        bench.Add("b", NotifierCallbacks.Young);

        Run(bench.Subscriptions.Young(bench.Cpu, NotifierCallback.TestYoung, new(0x1000), new(0x1001)));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "b.test_young" }));
        Assert.That(bench.Cpu.StartResult, Is.EqualTo(1));
    }

    [Test]
    public void Change_pte_is_gone_in_6_12()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux612);
        bench.Cpu.PageTableLocks = 1;
        bench.Add("k", NotifierCallbacks.ChangePte);

        Run(bench.Subscriptions.ChangePte(bench.Cpu, new(0x1000), 0x123));

        Assert.That(bench.Calls, Is.Empty);
    }

    [Test]
    public void Records_fit_into_a_journal_line()
    {
        Assert.That(System.Runtime.CompilerServices.Unsafe.SizeOf<NotifierCallRecord>(),
            Is.LessThanOrEqualTo(JournalEntry.PayloadCapacity));
        Assert.That(System.Runtime.CompilerServices.Unsafe.SizeOf<NotifierFinding>(),
            Is.LessThanOrEqualTo(JournalEntry.PayloadCapacity));
    }
}
