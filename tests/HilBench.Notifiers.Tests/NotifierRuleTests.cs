using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

/// <summary>Every rule of the validator fires for the one mistake that it is for, and for that alone.</summary>
public sealed class NotifierRuleTests
{
    private static readonly Dictionary<NotifierRule, Action<SubscriptionBench>> _mistakes = new()
    {
        [NotifierRule.UnbalancedRange] = bench => Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd)),
        [NotifierRule.SleepInAtomicContext] = bench =>
        {
            bench.Cpu.PageTableLocks = 1;
            Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        },
        [NotifierRule.WrongLock] = bench =>
        {
            bench.Cpu.HoldsMmapLock = false;
            Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        },
        [NotifierRule.StaleTranslationAtFree] = bench =>
        {
            bench.Validator.OnTranslationRemoved(1, new(0x5000), frame: 42, frames: 1);
            bench.Validator.OnFrameFreed(1, bench.Cpu, 42);
        },
        [NotifierRule.StaleTableAtFree] = bench =>
        {
            bench.Validator.OnTableRemoved(1, new(0x200000), new(0x400000), table: 42, CallSite.CollapseFile);
            bench.Validator.OnSecondaryTlbInvalidated(1, new(0x400000), new(0x600000));
            bench.Validator.OnFrameFreed(1, bench.Cpu, 42);
        },
        [NotifierRule.FailingStartWithEnd] = bench =>
        {
            bench.Add("k", StartEnd).StartAnswer = -11;
            Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));
        },
        [NotifierRule.FailingStartOfBlockableRange] = bench =>
        {
            bench.Subscriptions.Register(new Sleeper { Answer = -11 });
            Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        },
        [NotifierRule.UseAfterUnregister] = bench =>
            bench.Validator.OnCallback(1, bench.Cpu, isRegistered: false, new(0x1000), new(0x2000)),
        [NotifierRule.IntervalImbalance] = bench =>
        {
            bench.Subscriptions.Intervals.KeepsImbalance = true;
            bench.Subscriptions.Intervals.Insert(new Interval(), new(new(0x1000), new(0x2000)));
            bench.Subscriptions.Register(new Sleeper { Answer = -11 });
            Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));
        },
        [NotifierRule.SleepInNonBlockableRange] = bench =>
        {
            bench.Subscriptions.Register(new Sleeper { Sleeps = bench.Validator });
            Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));
        },
        [NotifierRule.LockOrderInversion] = bench =>
        {
            // The fault path allocates under the client's lock; the callback of a range takes the same lock.
            bench.Validator.OnLock(bench.Cpu, "client");
            bench.Validator.OnAllocation(bench.Cpu);
            NotifierValidator.OnUnlock(bench.Cpu, "client");
            bench.Subscriptions.Register(new Sleeper { Locks = bench.Validator });
            Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        },
    };

    private static IEnumerable<NotifierRule> Rules => Enum.GetValues<NotifierRule>().Where(rule => rule != NotifierRule.None);

    [TestCaseSource(nameof(Rules))]
    public void A_rule_fires_for_its_mistake_and_no_other_rule_does(NotifierRule rule)
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);

        Assert.That(_mistakes.Keys, Does.Contain(rule), "a rule without the mistake that makes it fire");
        _mistakes[rule](bench);

        Assert.That(bench.Rules, Is.EqualTo(new[] { rule }));
    }

    [Test]
    public void A_callback_of_a_blockable_range_may_sleep_and_take_a_lock_in_the_same_order_again()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Subscriptions.Register(new Sleeper { Sleeps = bench.Validator, Locks = bench.Validator });

        for (var i = 0; i < 2; i++)
        {
            Run(bench.Subscriptions.Start(bench.Cpu, Range()));
            Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.None));
        }

        Assert.That(bench.Rules, Is.Empty);
    }

    [Test]
    public void The_secondary_TLB_callback_may_never_sleep()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Subscriptions.Register(new Sleeper { Sleeps = bench.Validator });

        Run(bench.Subscriptions.InvalidateSecondaryTlb(bench.Cpu, new(0x1000), new(0x2000)));

        Assert.That(bench.Rules, Is.EqualTo(new[] { NotifierRule.SleepInAtomicContext }));
    }

    private sealed class Interval : IIntervalClient
    {
        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            IntervalNotifiers.SetSequence(interval, sequence);
            return true;
        }
    }

    private sealed class Sleeper : INotifierClient
    {
        public NotifierCallbacks Callbacks =>
            NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateSecondaryTlb;

        public int Answer { get; init; }

        public NotifierValidator? Sleeps { get; init; }

        public NotifierValidator? Locks { get; init; }

        public int InvalidateRangeStart(in NotifierRange range)
        {
            Sleeps?.MightSleep(1, range.Start, range.End);
            if (Locks is { Caller: { } cpu })
            {
                Locks.OnLock(cpu, "client");
                NotifierValidator.OnUnlock(cpu, "client");
            }

            return Answer;
        }

        public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end) => Sleeps?.MightSleep(1, start, end);
    }
}
