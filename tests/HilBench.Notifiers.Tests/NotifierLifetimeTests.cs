using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

/// <summary>What a kernel version has of registration, references and failing starts.</summary>
public sealed class NotifierLifetimeTests
{
    [Test]
    public void Get_finds_the_notifier_of_the_same_operations_and_counts_it()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux54);
        var operations = new Operations(bench);

        var first = bench.Subscriptions.Get(operations);

        Assert.That(bench.Subscriptions.Get(operations), Is.SameAs(first));
        Assert.That(bench.Subscriptions.Get(new Operations(bench)), Is.Not.SameAs(first));
    }

    [Test]
    public void The_last_put_frees_without_release_and_only_when_no_traversal_sees_the_notifier()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux54);
        var operations = new Operations(bench);
        var client = bench.Subscriptions.Get(operations)!;
        bench.Subscriptions.Get(operations);
        var start = bench.Subscriptions.Start(bench.Cpu, Range()).GetEnumerator();
        start.MoveNext();

        bench.Subscriptions.Put(client);
        bench.Subscriptions.Put(client);

        Assert.That(bench.Subscriptions.HasAny, Is.False);
        Assert.That(operations.Freed, Is.Zero);
        while (start.MoveNext())
        {
        }

        Assert.That(operations.Freed, Is.EqualTo(1));
        Assert.That(bench.Calls, Has.None.EndsWith(".release"));
        Assert.That(bench.Rules, Is.Empty);
    }

    [Test]
    public void Synchronize_waits_for_the_traversal_and_leaves_nothing_to_free()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var operations = new Operations(bench);
        var client = bench.Subscriptions.Get(operations)!;
        var start = bench.Subscriptions.Start(bench.Cpu, Range()).GetEnumerator();
        start.MoveNext();
        bench.Subscriptions.Put(client);

        var wait = bench.Subscriptions.Synchronize().GetEnumerator();

        Assert.That(wait.MoveNext(), Is.True);
        Assert.That(wait.Current.Kind, Is.EqualTo(PreemptionKind.SynchronizeWait));
        while (start.MoveNext())
        {
        }

        Assert.That(wait.MoveNext(), Is.False);
        Assert.That(operations.Freed, Is.EqualTo(1));
    }

    [Test]
    public void Put_after_exit_frees_the_notifier_that_release_has_unlinked()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var operations = new Operations(bench);
        var client = bench.Subscriptions.Get(operations)!;
        Run(bench.Subscriptions.Release(bench.Cpu));

        bench.Subscriptions.Put(client);
        Run(bench.Subscriptions.Synchronize());

        Assert.That(operations.Freed, Is.EqualTo(1));
        Assert.That(bench.Calls, Is.EqualTo(new[] { "got.release" }));
    }

    [Test]
    public void Kernels_before_5_4_have_no_references_and_later_ones_no_unregister_without_release()
    {
        var old = new SubscriptionBench(KernelProfile.Linux52);
        var client = old.Add("k", NotifierCallbacks.Release);
        var later = new SubscriptionBench(KernelProfile.Linux54);

        Assert.Throws<InvalidOperationException>(() => old.Subscriptions.Get(new Operations(old)));
        Assert.Throws<InvalidOperationException>(() => later.Subscriptions.UnregisterNoRelease(client));
        old.Subscriptions.UnregisterNoRelease(client);
        Assert.That((old.Subscriptions.HasAny, old.Calls.Count), Is.EqualTo((false, 0)));
    }

    [Test]
    public void Kernels_before_5_5_have_no_interval_notifiers() => Assert.Throws<InvalidOperationException>(() =>
        new SubscriptionBench(KernelProfile.Linux54).Subscriptions.Intervals.Insert(
            new Nothing(), new(new(0x1000), new(0x2000))));

    [Test]
    public void The_first_interval_waits_until_no_range_is_in_flight()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Assert.Throws<InvalidOperationException>(() => bench.Subscriptions.Intervals.Insert(
            new Nothing(), new(new(0x1000), new(0x2000))));
    }

    [TestCase("linux-4.15", "", 0)]
    [TestCase("linux-4.19", "c.start b.start a.start", -11)]
    [TestCase("linux-5.5", "c.start b.start a.start", -11)]
    [TestCase("linux-5.13", "c.start b.start a.start c.end a.end", -11)]
    [TestCase("linux-6.18", "c.start b.start a.start c.end a.end", -11)]
    public void A_failing_start_is_followed_by_what_the_kernel_version_does(string profile, string calls, int result)
    {
        var kernel = KernelProfile.Find(profile)!;
        var bench = new SubscriptionBench(kernel);
        bench.Add("a", StartEnd);
        bench.Add("b", NotifierCallbacks.InvalidateRangeStart).StartAnswer = -11;
        bench.Add("c", StartEnd);

        Assert.That(kernel.HasNonBlockableRanges, Is.EqualTo(calls.Length > 0));
        if (kernel.HasNonBlockableRanges)
        {
            Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));
        }

        Assert.That(string.Join(' ', bench.Calls), Is.EqualTo(calls));
        Assert.That(bench.Cpu.StartResult, Is.EqualTo(result));
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    public void Readers_of_an_interval_wait_for_ever_after_the_mixed_failure_as_in_the_kernel(
        bool asKernel, bool canRead)
    {
        var bench = new SubscriptionBench(KernelProfile.Linux61);
        var intervals = bench.Subscriptions.Intervals;
        intervals.KeepsImbalance = asKernel;
        var interval = intervals.Insert(new Nothing(), new(new(0x1000), new(0x2000)));
        bench.Add("b", NotifierCallbacks.InvalidateRangeStart).StartAnswer = -11;

        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));

        Assert.That(intervals.TryReadBegin(interval, out _), Is.EqualTo(canRead));
        Assert.That(bench.Rules, asKernel ? Is.EqualTo(new[] { NotifierRule.IntervalImbalance }) : Is.Empty);
    }

    [Test]
    public void Invalidate_page_reaches_who_has_it_and_names_one_page()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux412);
        bench.Add("tlb", NotifierCallbacks.InvalidatePage);
        bench.Add("mmu", StartEnd);

        Run(bench.Subscriptions.InvalidatePage(bench.Cpu, new(0x5000), CallSite.MkClean));

        Assert.That(bench.Calls, Is.EqualTo(new[] { "tlb.page 0x5000" }));
    }

    private sealed class Operations(SubscriptionBench bench) : INotifierOperations
    {
        public int Freed { get; private set; }

        public INotifierClient Allocate(uint mmId) => new RecordingClient("got", bench.Calls,
            NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.Release);

        public void Free(INotifierClient client) => Freed++;
    }

    private sealed class Nothing : IIntervalClient
    {
        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            IntervalNotifiers.SetSequence(interval, sequence);
            return true;
        }
    }
}
