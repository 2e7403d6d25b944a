using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

/// <summary>
/// What single commits changed in the notifiers, as the kernel profiles have it: docs/kernel-history.md names these tests.
/// </summary>
public sealed class KernelHistoryTests
{
    private const string ClientLock = "client_lock";

    [Test]
    public void Linux_5_0_passes_the_range_as_a_structure_and_does_what_4_19_did()
    {
        // Rows 7 and 8 changed by another commit.
        var same = Enum.GetValues<CallSite>().Except((CallSite[])[CallSite.NumaThpFault, CallSite.MisplacedThp]);

        Assert.That(same.Where(site => KernelProfile.Linux50.CodeOf(site).ToString() != KernelProfile.Linux419.CodeOf(site).ToString()), Is.Empty);
        Assert.That(KernelProfile.Linux50.TellsEvents, Is.False);
        Assert.That(KernelProfile.Linux50.HasNonBlockableRanges, Is.True);
    }

    [TestCase("linux-5.0", NotifierEvent.SoftDirty, NotifierEvent.Unmap)]
    [TestCase("linux-5.2", NotifierEvent.SoftDirty, NotifierEvent.SoftDirty)]
    [TestCase("linux-5.2", NotifierEvent.ProtectionVma, NotifierEvent.ProtectionVma)]
    [TestCase("linux-5.2", NotifierEvent.Migrate, NotifierEvent.Clear)]
    [TestCase("linux-5.5", NotifierEvent.Migrate, NotifierEvent.Migrate)]
    [TestCase("linux-5.5", NotifierEvent.Exclusive, NotifierEvent.Clear)]
    [TestCase("linux-5.13", NotifierEvent.Exclusive, NotifierEvent.Exclusive)]
    public void An_event_is_told_by_the_kernels_that_know_it_and_unmap_is_the_safe_default(
        string profile, NotifierEvent reason, NotifierEvent told) =>
        Assert.That(KernelProfile.Find(profile)!.Tell(reason), Is.EqualTo(told));

    [TestCase("linux-5.0", false)]
    [TestCase("linux-5.2", false)]
    [TestCase("linux-5.4", true)]
    [TestCase("linux-6.18", true)]
    public void Notifiers_with_a_reference_count_and_synchronize_come_with_5_4(string profile, bool isThere)
    {
        var bench = new SubscriptionBench(KernelProfile.Find(profile)!);
        var kind = new CountedKind();

        if (isThere)
        {
            Assert.That(bench.Subscriptions.Get(kind), Is.Not.Null);
        }
        else
        {
            Assert.That(() => bench.Subscriptions.Get(kind), Throws.InvalidOperationException);
        }
    }

    [Test]
    public void A_notifier_that_was_got_twice_is_one_and_lives_until_its_last_put()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux54);
        var kind = new CountedKind();
        var first = bench.Subscriptions.Get(kind)!;
        var second = bench.Subscriptions.Get(kind);

        bench.Subscriptions.Put(first);
        Assert.That(second, Is.SameAs(first));
        Assert.That(kind.Freed, Is.Empty);
        bench.Subscriptions.Put(first);
        Run(bench.Subscriptions.Synchronize());

        Assert.That(kind.Freed, Is.EqualTo((INotifierClient[])[first]));
    }

    [Test]
    public void A_notifier_that_is_put_while_it_is_called_is_freed_only_afterwards()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux54);
        var kind = new CountedKind();
        var client = bench.Subscriptions.Get(kind)!;
        using var start = bench.Subscriptions.Start(bench.Cpu, Range()).GetEnumerator();
        Assert.That(start.MoveNext(), Is.True);

        bench.Subscriptions.Put(client);
        Assert.That(kind.Freed, Is.Empty, "a traversal is under way");
        while (start.MoveNext())
        {
        }

        Run(bench.Subscriptions.Synchronize());
        Assert.That(kind.Freed, Is.EqualTo((INotifierClient[])[client]));
    }

    [TestCase("linux-4.13", false)]
    [TestCase("linux-4.15", true)]
    [TestCase("linux-4.19", true)]
    [TestCase("linux-5.0", false)]
    public void Only_4_16_to_4_19_let_a_notifier_say_that_it_does_not_block(string profile, bool isThere) =>
        Assert.That(KernelProfile.Find(profile)!.HasDoesNotBlockFlag, Is.EqualTo(isThere));

    [TestCase("linux-4.12", OomReaperPolicy.WithoutNotifiers)]
    [TestCase("linux-4.13", OomReaperPolicy.WithoutNotifiers)]
    [TestCase("linux-4.15", OomReaperPolicy.SkipsMmWithBlockingNotifiers)]
    [TestCase("linux-4.19", OomReaperPolicy.NonBlockable)]
    [TestCase("linux-6.18", OomReaperPolicy.NonBlockable)]
    public void The_OOM_reaper_first_tells_nobody_then_skips_who_may_block_then_asks_not_to_block(
        string profile, OomReaperPolicy policy) =>
        Assert.That(KernelProfile.Find(profile)!.OomReaper, Is.EqualTo(policy));

    [Test]
    public void The_end_of_a_range_that_must_not_block_must_not_block_either()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux50);
        bench.Subscriptions.Register(new SleepingInEnd(bench.Validator));

        Run(bench.Subscriptions.Start(bench.Cpu, Range()));
        Run(bench.Subscriptions.End(bench.Cpu, Range(), Placement.AtEnd));
        Assert.That(bench.Rules, Is.Empty, "a blockable range");
        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));
        Run(bench.Subscriptions.End(bench.Cpu, Range(isBlockable: false), Placement.AtEnd));

        Assert.That(bench.Rules, Is.EqualTo((NotifierRule[])[NotifierRule.SleepInNonBlockableRange]));
    }

    [TestCase("linux-4.19", "n1.start n2.start n3.start")]
    [TestCase("linux-5.5", "n1.start n2.start n3.start")]
    [TestCase("linux-5.13", "n1.start n2.start n3.start n1.end n3.end")]
    [TestCase("linux-6.18", "n1.start n2.start n3.start n1.end n3.end")]
    public void After_a_refused_start_nobody_gets_its_end_and_from_5_12_on_all_that_have_one(string profile, string calls)
    {
        var bench = new SubscriptionBench(KernelProfile.Find(profile)!);
        bench.Add("n3", StartEnd);
        bench.Add("n2", NotifierCallbacks.InvalidateRangeStart).StartAnswer = -11;
        bench.Add("n1", StartEnd);

        Run(bench.Subscriptions.Start(bench.Cpu, Range(isBlockable: false)));

        Assert.That(string.Join(' ', bench.Calls), Is.EqualTo(calls));
    }

    [TestCase(CallSite.Cow, "L+E", "L+X")]
    [TestCase(CallSite.ZeroPageWrite, "L+E", "L+X")]
    [TestCase(CallSite.HugeCow, "L+E", "L+X")]
    [TestCase(CallSite.HugeCowFallback, "L+E", "L+X")]
    [TestCase(CallSite.ThpSplit, "E", "X")]
    [TestCase(CallSite.HugeZeroSplit, "L+E", "X")]
    [TestCase(CallSite.FileThpSplit, "L+E", "L+X")]
    public void From_4_15_on_range_end_does_not_repeat_what_was_invalidated_under_the_lock(CallSite site, string before, string after)
    {
        Assert.That(KernelProfile.Linux413.CodeOf(site).ToString(), Is.EqualTo(before));
        Assert.That(KernelProfile.Linux415.CodeOf(site).ToString(), Is.EqualTo(after));
    }

    [TestCase(CallSite.KsmWriteProtect, "L+E")]
    [TestCase(CallSite.KsmReplace, "L+E")]
    [TestCase(CallSite.ReclaimFile, "L2+E")]
    [TestCase(CallSite.Hwpoison, "L2+E")]
    [TestCase(CallSite.MigrateUnmap, "L2+E")]
    [TestCase(CallSite.MkClean, "L2+E")]
    [TestCase(CallSite.DaxMkClean, "L2+E")]
    [TestCase(CallSite.ForkHugetlb, "L2+E")]
    public void From_4_15_on_the_invalidation_waits_for_range_end_where_that_is_safe(CallSite site, string before)
    {
        Assert.That(KernelProfile.Linux413.CodeOf(site).ToString(), Is.EqualTo(before));
        Assert.That(KernelProfile.Linux415.CodeOf(site).ToString(), Is.EqualTo("E"));
    }

    [Test]
    public void Invalidate_page_stands_in_for_start_and_end_at_six_sites_of_4_12_and_is_gone_in_4_13()
    {
        CallSite[] sites =
        [
            CallSite.ReclaimAnon, CallSite.ReclaimFile, CallSite.Hwpoison, CallSite.MigrateUnmap, CallSite.MkClean,
            CallSite.DaxMkClean,
        ];

        Assert.That(Enum.GetValues<CallSite>().Where(site => KernelProfile.Linux412[site].HasFlag(Placement.ByPage)), Is.EqualTo(sites));
        Assert.That(Enum.GetValues<CallSite>().Where(site => KernelProfile.Linux413[site].HasFlag(Placement.ByPage)), Is.Empty);
        Assert.That(sites.Select(site => KernelProfile.Linux412.KnownUnsafe(site)), Has.All.Not.Null);
        Assert.That(sites.Select(site => KernelProfile.Linux413.KnownUnsafe(site)), Has.All.Null);
    }

    [Test]
    public void The_conservative_split_of_the_mailing_list_is_an_experiment_of_4_15_and_not_its_default()
    {
        var conservative = KernelProfile.Linux415.With(CallSite.ThpSplit, PlacementCode.Parse("E"));

        Assert.That(KernelProfile.Linux415[CallSite.ThpSplit], Is.EqualTo(Placement.None));
        Assert.That(conservative[CallSite.ThpSplit], Is.EqualTo(Placement.AtEnd));
        Assert.That(conservative[CallSite.HugeZeroSplit], Is.EqualTo(Placement.None));
    }

    [Test]
    public void A_lock_under_which_memory_is_reclaimed_must_not_be_taken_in_a_callback()
    {
        var bench = new SubscriptionBench(KernelProfile.Linux54);
        var driver = new CpuContext(8);
        bench.Validator.OnLock(driver, ClientLock);
        bench.Validator.OnAllocation(driver);
        NotifierValidator.OnUnlock(driver, ClientLock);
        Assert.That(bench.Rules, Is.Empty);

        bench.Subscriptions.Register(new LockingInStart(bench.Validator));
        Run(bench.Subscriptions.Start(bench.Cpu, Range()));

        Assert.That(bench.Rules, Has.Member(NotifierRule.LockOrderInversion));
    }

    /// <summary>A kind of notifier that is got and put by reference.</summary>
    private sealed class CountedKind : INotifierOperations
    {
        public List<INotifierClient> Freed { get; } = [];

        public INotifierClient? Allocate(uint mmId) => new RecordingClient($"mm{mmId}", [], StartEnd);

        public void Free(INotifierClient client) => Freed.Add(client);
    }

    private sealed class SleepingInEnd(NotifierValidator validator) : INotifierClient
    {
        public NotifierCallbacks Callbacks => StartEnd;

        public void InvalidateRangeEnd(in NotifierRange range) => validator.MightSleep(1, range.Start, range.End);
    }

    private sealed class LockingInStart(NotifierValidator validator) : INotifierClient
    {
        public NotifierCallbacks Callbacks => NotifierCallbacks.InvalidateRangeStart;

        public int InvalidateRangeStart(in NotifierRange range)
        {
            validator.OnLock(validator.Caller!, ClientLock);
            NotifierValidator.OnUnlock(validator.Caller!, ClientLock);
            return 0;
        }
    }
}
