using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

/// <summary>The collision-retry protocol: invariants and sub-cases of litmus L12.</summary>
public sealed class IntervalNotifiersTests
{
    private static readonly VirtualRange _watched = new(new(0x1000), new(0x2000));
    private static readonly NotifierRange _elsewhere = Range() with { Start = new(0x8000), End = new(0x9000) };

    [Test]
    public void A_range_that_hits_an_interval_makes_readers_retry_and_wait_until_its_end()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        var interval = intervals.Insert(new Client(), _watched);
        Assert.That(intervals.TryReadBegin(interval, out var sequence), Is.True);

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Assert.That(IntervalNotifiers.MustRetry(interval, sequence), Is.True);
        Assert.That(intervals.TryReadBegin(interval, out _), Is.False);
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(intervals.TryReadBegin(interval, out sequence), Is.True);
        Assert.That(IntervalNotifiers.MustRetry(interval, sequence), Is.False);
        Assert.That((intervals.Sequence, interval.Sequence), Is.EqualTo((4UL, 3UL)));
    }

    [Test]
    public void A_range_that_hits_no_interval_leaves_the_sequence_even_and_readers_undisturbed()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        var interval = intervals.Insert(new Client(), _watched);

        Run(bench.Subscriptions.Start(bench.Cpu, _elsewhere));

        Assert.That(intervals.Sequence, Is.EqualTo(2));
        Assert.That(intervals.TryReadBegin(interval, out _), Is.True);
    }

    [Test]
    public void The_byte_after_an_interval_does_not_hit_it_and_its_last_byte_does()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var client = new Client();
        bench.Subscriptions.Intervals.Insert(client, _watched);

        Run(bench.Subscriptions.Start(bench.Cpu, Range() with { Start = new(0x2000), End = new(0x3000) }));
        Assert.That(client.Calls, Is.Zero);
        Run(bench.Subscriptions.Start(bench.Cpu, Range() with { Start = new(0x1FFF), End = new(0x3000) }));

        Assert.That(client.Calls, Is.EqualTo(1));
    }

    [Test]
    public void An_insert_while_the_sequence_is_odd_is_deferred_and_collides_until_the_last_end()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        intervals.Insert(new Client(), _watched);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        var late = intervals.Insert(new Client(), _watched);

        Assert.That(late.IsInTree, Is.False);
        Assert.That(intervals.TryReadBegin(late, out _), Is.False);
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(late.IsInTree, Is.True);
        Assert.That(intervals.TryReadBegin(late, out _), Is.True);
    }

    [Test]
    public void An_insert_while_a_range_is_active_that_hit_nothing_makes_the_sequence_odd()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        intervals.Insert(new Client(), _watched);
        Run(bench.Subscriptions.Start(bench.Cpu, _elsewhere));

        var late = intervals.Insert(new Client(), new(new(0x8000), new(0x9000)));

        Assert.That(intervals.Sequence, Is.EqualTo(3));
        Assert.That(intervals.TryReadBegin(late, out _), Is.False);
    }

    [Test]
    public void A_remove_while_the_sequence_is_odd_waits_for_the_end_and_no_callback_runs_after_it()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var client = new Client();
        var interval = bench.Subscriptions.Intervals.Insert(client, _watched);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        using var remove = bench.Subscriptions.Intervals.Remove(interval).GetEnumerator();
        Assert.That(remove.MoveNext(), Is.True);
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(remove.MoveNext(), Is.False);

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Assert.That(client.Calls, Is.EqualTo(1));
    }

    [Test]
    public void A_remove_of_a_deferred_insert_is_immediate()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        intervals.Insert(new Client(), _watched);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        var late = intervals.Insert(new Client(), _watched);

        Assert.That(intervals.Remove(late), Is.Empty);
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(late.IsInTree, Is.False);
    }

    [Test]
    public void With_two_overlapping_ranges_readers_are_released_only_at_the_last_end()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        var interval = intervals.Insert(new Client(), _watched);
        var other = new CpuContext(8) { HoldsMmapLock = true };
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.Start(other, _elsewhere));

        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(intervals.TryReadBegin(interval, out _), Is.False);
        Run(bench.Subscriptions.End(other, _elsewhere, Placement.AtEnd));

        Assert.That(intervals.TryReadBegin(interval, out _), Is.True);
        Assert.That(intervals.ActiveRanges, Is.Zero);
    }

    [Test]
    public void A_refused_interval_keeps_the_list_from_being_called_and_the_count_is_back_at_zero()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Add("k", StartEnd);
        bench.Subscriptions.Intervals.Insert(new Client { Refuses = true }, _watched);

        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));

        Assert.That(bench.Cpu.StartResult, Is.EqualTo(-11));
        Assert.That(bench.Calls, Is.Empty);
        Assert.That(bench.Subscriptions.Intervals.ActiveRanges, Is.Zero);
        Assert.That(bench.Cpu.OpenRanges, Is.Empty);
    }

    [TestCase(true, 1)]
    [TestCase(false, 0)]
    public void A_refusing_list_notifier_after_a_good_interval_leaves_the_count_raised_as_Linux_does(
        bool asKernel, int active)
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        bench.Subscriptions.Intervals.KeepsImbalance = asKernel;
        bench.Subscriptions.Intervals.Insert(new Client(), _watched);
        bench.Add("n2", NotifierCallbacks.InvalidateRangeStart).StartAnswer = -11;

        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));

        Assert.That(bench.Subscriptions.Intervals.ActiveRanges, Is.EqualTo(active));
    }

    [Test]
    public void Release_tells_every_interval_about_the_whole_address_space()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var client = new Client();
        bench.Subscriptions.Intervals.Insert(client, _watched);

        Run(bench.Subscriptions.Release(bench.Cpu));

        Assert.That(client.Last.Event, Is.EqualTo(NotifierEvent.Release));
        Assert.That(client.Last.End, Is.EqualTo(new VirtualAddress(ulong.MaxValue)));
    }

    private sealed class Client : IIntervalClient
    {
        public int Calls { get; private set; }

        public bool Refuses { get; init; }

        public NotifierRange Last { get; private set; }

        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            Calls++;
            Last = range;
            IntervalNotifiers.SetSequence(interval, sequence);
            return !Refuses;
        }
    }
}
