using HilBench.Journal;

namespace HilBench.Notifiers;

/// <summary>
/// The notifiers of one mm, and the core that walks them. Operations yield through the iterators; each callback is
/// journaled before it runs.
/// </summary>
/// <remarks>Models <c>mm/mmu_notifier.c</c>.</remarks>
public sealed class NotifierSubscriptions
{
    internal const int Again = -11;
    private readonly uint _mmId;
    private readonly EventJournal _journal;
    private Subscription[] _list = [];
    private uint _registrations;
    private int _traversals;
    private int _activeRanges;

    /// <summary>The subscriptions of an mm that nobody watches yet.</summary>
    public NotifierSubscriptions(uint mmId, KernelProfile profile, EventJournal journal, NotifierValidator validator)
    {
        _mmId = mmId;
        Profile = profile;
        _journal = journal;
        Validator = validator;
        Intervals = new IntervalNotifiers(mmId, journal, validator);
    }

    /// <summary>The interval notifiers; they are called before the list.</summary>
    public IntervalNotifiers Intervals { get; }

    /// <summary>The kernel that is modelled.</summary>
    public KernelProfile Profile { get; }

    /// <summary>Watches the calls.</summary>
    public NotifierValidator Validator { get; }

    /// <summary>Whether any client is registered.</summary>
    public bool HasAny => _list.Length > 0;

    /// <summary>Whether a client with a secondary-TLB callback is registered.</summary>
    public bool HasSecondaryTlb { get; private set; }

    /// <summary>Whether no range is between start and end: only then may a client be registered.</summary>
    public bool IsIdle => _activeRanges == 0;

    /// <summary>Adds a client in front of the others; the caller has stopped all operations of the mm.</summary>
    /// <returns>The client's index in journal lines.</returns>
    /// <exception cref="ArgumentException">
    /// From 6.6 on: the client has both start/end and the secondary-TLB callback (-EINVAL in Linux).
    /// </exception>
    /// <exception cref="InvalidOperationException">A range is between start and end, or the client is
    /// registered.</exception>
    /// <remarks>Models <c>__mmu_notifier_register</c>; mm_take_all_locks keeps ranges from straddling it.</remarks>
    public uint Register(INotifierClient client)
    {
        const NotifierCallbacks both = NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd;
        if (Profile.RefusesMixedClients && client.Callbacks.HasFlag(NotifierCallbacks.InvalidateSecondaryTlb)
            && (client.Callbacks & both) != 0)
        {
            throw new ArgumentException("a client has either start/end or the secondary-TLB callback", nameof(client));
        }

        if (!IsIdle || Array.Exists(_list, s => s.Client == client))
        {
            throw new InvalidOperationException("a range is in flight, or the client is registered already");
        }

        var subscription = new Subscription(client, _registrations++);
        _list = [subscription, .. _list];
        UpdateHasSecondaryTlb();
        return subscription.Index;
    }

    /// <summary>
    /// Calls release, removes the client and waits for running traversals; after that no callback of it runs.
    /// </summary>
    /// <remarks>Models <c>mmu_notifier_unregister</c>.</remarks>
    public IEnumerable<PreemptionPoint> Unregister(CpuContext cpu, INotifierClient client)
    {
        var subscription = Array.Find(_list, s => s.Client == client);
        if (subscription is null)
        {
            yield break;
        }

        foreach (var point in CallRelease(cpu, subscription))
        {
            yield return point;
        }

        Unlink(subscription);
        while (_traversals > 0)
        {
            yield return new(PreemptionKind.SynchronizeWait, "mmu_notifier_unregister");
        }

        subscription.IsRegistered = false;
    }

    /// <summary>Announces a range; the result is in <see cref="CpuContext.StartResult"/>.</summary>
    /// <remarks>Models <c>__mmu_notifier_invalidate_range_start</c>.</remarks>
    public IEnumerable<PreemptionPoint> Start(CpuContext cpu, NotifierRange range)
    {
        Validator.OnStart(_mmId, cpu, range);
        cpu.StartResult = 0;
        cpu.Open(range);
        _activeRanges++;
        return _list.Length == 0 && !Intervals.IsEnabled ? [] : StartAll(cpu, range);
    }

    /// <summary>Ends a range as its site has it.</summary>
    /// <remarks>Models <c>__mmu_notifier_invalidate_range_end</c>.</remarks>
    public IEnumerable<PreemptionPoint> End(CpuContext cpu, NotifierRange range) => End(cpu, range,
        Profile.ExperimentAt(range.Site).HasFlag(SiteExperiment.SkipSecondaryTlb) ? default : Profile[range.Site]);

    /// <summary>
    /// Ends a range. <paramref name="placement"/> is the site's: without <see cref="Placement.AtEnd"/> it is the
    /// only_end
    /// variant, which does not touch the secondary TLB.
    /// </summary>
    /// <remarks>Models <c>__mmu_notifier_invalidate_range_end</c>.</remarks>
    public IEnumerable<PreemptionPoint> End(CpuContext cpu, NotifierRange range, Placement placement)
    {
        var isOpen = cpu.Close(range);
        Validator.OnEnd(_mmId, cpu, range, isOpen);
        _activeRanges -= isOpen ? 1 : 0;
        if (Intervals.IsEnabled)
        {
            Intervals.End();
        }

        return _list.Length == 0 ? [] : EndAll(cpu, range, placement.HasFlag(Placement.AtEnd));
    }

    /// <summary>Invalidates the secondary TLBs of the mm.</summary>
    /// <remarks>
    /// Models <c>__mmu_notifier_invalidate_range</c> and <c>mmu_notifier_arch_invalidate_secondary_tlbs</c>.
    /// </remarks>
    public IEnumerable<PreemptionPoint> InvalidateSecondaryTlb(
        CpuContext cpu, VirtualAddress start, VirtualAddress end, CallSite site = CallSite.None) =>
        HasSecondaryTlb ? InvalidateSecondaryTlbs(cpu, start, end, site) : [];

    /// <summary>Tells that <paramref name="entry"/> is about to be set at a page.</summary>
    /// <remarks>Models <c>__mmu_notifier_change_pte</c>.</remarks>
    public IEnumerable<PreemptionPoint> ChangePte(CpuContext cpu, VirtualAddress address, ulong entry) =>
        _list.Length == 0 || !Profile.HasChangePte ? [] : ChangePtes(cpu, address, entry);

    /// <summary>
    /// Asks for, and clears, the young state; the answer is the OR of all, in <see cref="CpuContext.StartResult"/>.
    /// </summary>
    /// <remarks>Models <c>__mmu_notifier_clear_flush_young</c>, <c>_clear_young</c> and <c>_test_young</c>.</remarks>
    public IEnumerable<PreemptionPoint> Young(
        CpuContext cpu, NotifierCallback callback, VirtualAddress start, VirtualAddress end)
    {
        cpu.StartResult = 0;
        return _list.Length == 0 ? [] : CallYoung(cpu, callback, start, end);
    }

    /// <summary>Calls release on every client and removes them all.</summary>
    /// <remarks>Models <c>__mmu_notifier_release</c>.</remarks>
    public IEnumerable<PreemptionPoint> Release(CpuContext cpu)
    {
        if (Intervals.IsEnabled)
        {
            var everything = new NotifierRange(new(0), new(ulong.MaxValue), NotifierEvent.Release, IsBlockable: true,
                Owner: 0);
            foreach (var point in Intervals.Start(cpu, everything))
            {
                yield return point;
            }

            Intervals.End();
        }

        var list = _list;
        foreach (var subscription in list)
        {
            foreach (var point in CallRelease(cpu, subscription))
            {
                yield return point;
            }
        }

        foreach (var subscription in list)
        {
            Unlink(subscription);
        }

        while (_traversals > 0)
        {
            yield return new(PreemptionKind.SynchronizeWait, "mmu_notifier_release");
        }

        foreach (var subscription in list)
        {
            subscription.IsRegistered = false;
        }
    }

    private IEnumerable<PreemptionPoint> StartAll(CpuContext cpu, NotifierRange range)
    {
        if (Intervals.IsEnabled)
        {
            foreach (var point in Intervals.Start(cpu, range))
            {
                yield return point;
            }

            if (cpu.StartResult != 0)
            {
                _activeRanges -= cpu.Close(range) ? 1 : 0;
                yield break;
            }
        }

        var list = _list;
        var error = 0;
        _traversals++;
        foreach (var subscription in list)
        {
            if (!Wants(subscription, NotifierCallbacks.InvalidateRangeStart))
            {
                continue;
            }

            yield return Before;
            Journal(cpu, subscription, NotifierCallback.InvalidateRangeStart, range);
            var result = subscription.Client.InvalidateRangeStart(range);
            while (!IsSettled(cpu, subscription.Client))
            {
                yield return subscription.Client.PendingPoint;
            }

            yield return After;
            if (result != 0)
            {
                Validator.OnFailingStart(_mmId, cpu, range, subscription.Client.Callbacks);
                error = range.IsBlockable ? error : Again;
            }
        }

        if (error != 0)
        {
            if (Profile.FailingStartIsRolledBack)
            {
                foreach (var point in CallEnds(cpu, list, range, withSecondaryTlb: false))
                {
                    yield return point;
                }
            }

            if (Intervals.IsEnabled && !Intervals.KeepsImbalance)
            {
                Intervals.End();
            }

            _activeRanges -= cpu.Close(range) ? 1 : 0;
        }

        cpu.StartResult = error;
        _traversals--;
    }

    private IEnumerable<PreemptionPoint> EndAll(CpuContext cpu, NotifierRange range, bool atEnd)
    {
        _traversals++;
        foreach (var point in CallEnds(cpu, _list, range, atEnd))
        {
            yield return point;
        }

        _traversals--;
    }

    private IEnumerable<PreemptionPoint> CallEnds(
        CpuContext cpu, Subscription[] list, NotifierRange range, bool withSecondaryTlb)
    {
        foreach (var subscription in list)
        {
            if (withSecondaryTlb && Wants(subscription, NotifierCallbacks.InvalidateSecondaryTlb))
            {
                yield return Before;
                Journal(cpu, subscription, NotifierCallback.InvalidateSecondaryTlb, range.Start, range.End,
                    NotifierCallFlags.Implied, range.Site);
                subscription.Client.InvalidateSecondaryTlb(range.Start, range.End);
                while (!IsSettled(cpu, subscription.Client))
                {
                    yield return subscription.Client.PendingPoint;
                }

                yield return After;
            }

            if (Wants(subscription, NotifierCallbacks.InvalidateRangeEnd))
            {
                yield return Before;
                Journal(cpu, subscription, NotifierCallback.InvalidateRangeEnd, range);
                subscription.Client.InvalidateRangeEnd(range);
                while (!IsSettled(cpu, subscription.Client))
                {
                    yield return subscription.Client.PendingPoint;
                }

                yield return After;
            }
        }

        if (withSecondaryTlb)
        {
            Validator.OnSecondaryTlbInvalidated(_mmId, range.Start, range.End);
        }
    }

    private IEnumerable<PreemptionPoint> InvalidateSecondaryTlbs(
        CpuContext cpu, VirtualAddress start, VirtualAddress end, CallSite site)
    {
        _traversals++;
        foreach (var subscription in _list)
        {
            if (!Wants(subscription, NotifierCallbacks.InvalidateSecondaryTlb))
            {
                continue;
            }

            yield return Before;
            Journal(cpu, subscription, NotifierCallback.InvalidateSecondaryTlb, start, end, NotifierCallFlags.None,
                site);
            subscription.Client.InvalidateSecondaryTlb(start, end);
            while (!IsSettled(cpu, subscription.Client))
            {
                yield return subscription.Client.PendingPoint;
            }

            yield return After;
        }

        Validator.OnSecondaryTlbInvalidated(_mmId, start, end);
        _traversals--;
    }

    private IEnumerable<PreemptionPoint> ChangePtes(CpuContext cpu, VirtualAddress address, ulong entry)
    {
        Validator.OnLockedCallback(_mmId, cpu, address, address.Add(4096));
        _traversals++;
        foreach (var subscription in _list)
        {
            if (!Wants(subscription, NotifierCallbacks.ChangePte))
            {
                continue;
            }

            yield return Before;
            Journal(cpu, subscription, NotifierCallback.ChangePte, address, address.Add(4096), NotifierCallFlags.None);
            subscription.Client.ChangePte(address, entry);
            while (!IsSettled(cpu, subscription.Client))
            {
                yield return subscription.Client.PendingPoint;
            }

            yield return After;
        }

        _traversals--;
    }

    private IEnumerable<PreemptionPoint> CallYoung(
        CpuContext cpu, NotifierCallback callback, VirtualAddress start, VirtualAddress end)
    {
        Validator.OnLockedCallback(_mmId, cpu, start, end);
        _traversals++;
        foreach (var subscription in _list)
        {
            if (!Wants(subscription, NotifierCallbacks.Young))
            {
                continue;
            }

            yield return Before;
            Journal(cpu, subscription, callback, start, end, NotifierCallFlags.None);
            var young = callback switch
            {
                NotifierCallback.ClearFlushYoung => subscription.Client.ClearFlushYoung(start, end),
                NotifierCallback.ClearYoung => subscription.Client.ClearYoung(start, end),
                _ => subscription.Client.TestYoung(start),
            };
            cpu.StartResult |= young ? 1 : 0;
            while (!IsSettled(cpu, subscription.Client))
            {
                yield return subscription.Client.PendingPoint;
            }

            yield return After;
            if (young && callback == NotifierCallback.TestYoung)
            {
                break;
            }
        }

        _traversals--;
    }

    private IEnumerable<PreemptionPoint> CallRelease(CpuContext cpu, Subscription subscription)
    {
        if (!Wants(subscription, NotifierCallbacks.Release) || subscription.IsReleased)
        {
            yield break;
        }

        subscription.IsReleased = true;
        _traversals++;
        yield return Before;
        Journal(cpu, subscription, NotifierCallback.Release, new(0), new(ulong.MaxValue), NotifierCallFlags.None);
        subscription.Client.Release();
        while (!IsSettled(cpu, subscription.Client))
        {
            yield return subscription.Client.PendingPoint;
        }

        _traversals--;
        yield return After;
    }

    private static PreemptionPoint Before => new(PreemptionKind.BeforeNotifier, "mmu_notifier");

    private static PreemptionPoint After => new(PreemptionKind.AfterNotifier, "mmu_notifier");

    private bool IsSettled(CpuContext cpu, INotifierClient client)
    {
        Validator.OnCallbackGoesOn(cpu);
        return client.IsSettled;
    }

    private static bool Wants(Subscription subscription, NotifierCallbacks callback) =>
        !subscription.IsUnlinked && (subscription.Client.Callbacks & callback) != 0;

    private void Unlink(Subscription subscription)
    {
        subscription.IsUnlinked = true;
        _list = Array.FindAll(_list, s => s != subscription);
        UpdateHasSecondaryTlb();
        if (!HasSecondaryTlb)
        {
            Validator.OnSecondaryTlbGone(_mmId);
        }
    }

    private void UpdateHasSecondaryTlb() =>
        HasSecondaryTlb = Array.Exists(_list, s =>
            (s.Client.Callbacks & NotifierCallbacks.InvalidateSecondaryTlb) != 0);

    private void Journal(CpuContext cpu, Subscription subscription, NotifierCallback callback, in NotifierRange range)
    {
        var flags = (range.IsBlockable ? NotifierCallFlags.Blockable : 0) | (cpu.IsAtomic ? NotifierCallFlags.Atomic
            : 0);
        Validator.OnCallback(_mmId, cpu, subscription.IsRegistered, range.Start, range.End);
        _journal.Append(JournalKind.NotifierCall, new NotifierCallRecord(
            _mmId, callback, range.Event, flags, subscription.Index, range.Start.Value, range.End.Value,
                cpu.OperationId, range.Site));
    }

    private void Journal(
        CpuContext cpu, Subscription subscription, NotifierCallback callback, VirtualAddress start, VirtualAddress end,
        NotifierCallFlags flags, CallSite site = CallSite.None)
    {
        flags |= cpu.IsAtomic ? NotifierCallFlags.Atomic : 0;
        Validator.OnCallback(_mmId, cpu, subscription.IsRegistered, start, end);
        _journal.Append(JournalKind.NotifierCall, new NotifierCallRecord(
            _mmId, callback, NotifierEvent.Unmap, flags, subscription.Index, start.Value, end.Value, cpu.OperationId,
            site));
    }

    private sealed class Subscription(INotifierClient client, uint index)
    {
        public INotifierClient Client { get; } = client;

        public uint Index { get; } = index;

        public bool IsRegistered { get; set; } = true;

        public bool IsUnlinked { get; set; }

        public bool IsReleased { get; set; }
    }
}
