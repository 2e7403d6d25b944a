using HilBench.Journal;
using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

/// <summary>Each rule of the validator, made to fire by the mistake that it is for.</summary>
public sealed class NotifierValidatorTests
{
    [Test]
    public void An_end_without_its_start_is_found_and_journaled()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);

        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.UnbalancedRange }));
        Assert.That(bench.Journal[0].Kind, Is.EqualTo(JournalKind.NotifierFinding));
        Assert.That(bench.Journal[0].Read<NotifierFinding>().Rule, Is.EqualTo(NotifierRule.UnbalancedRange));
    }

    [Test]
    public void An_end_with_other_bounds_than_its_start_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Run(bench.Subscriptions.End(bench.Cpu, Range() with { End = new(0x2000) }, Placement.AtEnd));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.UnbalancedRange }));
    }

    [Test]
    public void An_operation_that_returns_with_a_range_open_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        bench.Validator.OnOperationEnd(1, bench.Cpu);

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.UnbalancedRange }));
    }

    [Test]
    public void A_start_and_an_end_under_the_page_table_lock_are_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Cpu.PageTableLocks = 1;

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.SleepInAtomicContext,
            NotifierRule.SleepInAtomicContext }));
    }

    [Test]
    public void A_start_without_mmap_lock_or_reverse_map_lock_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Cpu.HoldsMmapLock = false;

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.WrongLock }));
    }

    [Test]
    public void A_start_under_a_reverse_map_lock_alone_is_good()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Cpu.HoldsMmapLock = false;
        bench.Cpu.RmapLocks = 1;

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));

        Assert.That(bench.Validator.Findings, Is.Empty);
    }

    [Test]
    public void Change_pte_without_the_page_table_lock_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("k", NotifierCallbacks.ChangePte);

        Run(bench.Subscriptions.ChangePte(bench.Cpu, new(0x1000), 0));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.WrongLock }));
    }

    [Test]
    public void A_client_that_refuses_a_start_although_it_has_an_end_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("k", StartEnd).StartAnswer = -11;

        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.FailingStartWithEnd }));
    }

    [Test]
    public void A_client_that_refuses_a_blockable_start_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Subscriptions.Register(new Refuser());

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.FailingStartOfBlockableRange }));
        Assert.That(bench.Cpu.StartResult, Is.Zero);
    }

    [Test]
    public void A_frame_freed_while_a_secondary_TLB_may_still_hold_it_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);

        bench.Validator.OnTranslationRemoved(1, new(0x5000), frame: 42, frames: 1);
        bench.Validator.OnSecondaryTlbInvalidated(1, new(0x6000), new(0x9000));
        bench.Validator.OnFrameFreed(1, bench.Cpu, 42);

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.StaleTranslationAtFree }));
    }

    [Test]
    public void A_frame_freed_after_the_secondary_TLB_was_invalidated_is_good()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);

        bench.Validator.OnTranslationRemoved(1, new(0x5000), frame: 42, frames: 1);
        bench.Validator.OnSecondaryTlbInvalidated(1, new(0x5000), new(0x6000));
        bench.Validator.OnFrameFreed(1, bench.Cpu, 42);

        Assert.That(bench.Validator.Findings, Is.Empty);
    }

    [Test]
    public void A_callback_of_a_client_that_is_not_registered_any_more_is_found()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);

        bench.Validator.OnCallback(1, bench.Cpu, isRegistered: false, new(0x1000), new(0x2000));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.UseAfterUnregister }));
    }

    private sealed class Refuser : INotifierClient
    {
        public NotifierCallbacks Callbacks => NotifierCallbacks.InvalidateRangeStart;

        public int InvalidateRangeStart(in NotifierRange range) => -11;
    }
}
