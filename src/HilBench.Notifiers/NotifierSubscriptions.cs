using HilBench.Journal;

namespace HilBench.Notifiers;

/// <summary>
/// The notifiers of one mm, and the core that walks them. Operations yield through the iterators; each callback is
/// journaled before it runs.
/// </summary>
/// <remarks>Models <c>mm/mmu_notifier.c</c>.</remarks>
public sealed partial class NotifierSubscriptions
{
    internal const int Again = -11;
    private readonly uint _mmId;
    private readonly EventJournal _journal;
    private int _activeRanges;

    /// <summary>The subscriptions of an mm that nobody watches yet.</summary>
    public NotifierSubscriptions(uint mmId, KernelProfile profile, EventJournal journal, NotifierValidator validator)
    {
        _mmId = mmId;
        Profile = profile;
        _journal = journal;
        Validator = validator;
        Intervals = new IntervalNotifiers(mmId, journal, validator, profile.HasIntervals, () => IsIdle)
        {
            KeepsImbalance = profile.KeepsIntervalImbalance,
        };
    }

    /// <summary>The interval notifiers; they are called before the list.</summary>
    public IntervalNotifiers Intervals { get; }

    /// <summary>The kernel that is modelled.</summary>
    public KernelProfile Profile { get; }

    /// <summary>Watches the calls.</summary>
    public NotifierValidator Validator { get; }

    /// <summary>Whether any client is registered.</summary>
    public bool HasAny => _list.Length > 0;

    /// <summary>Whether a client is registered that does not declare that it never blocks.</summary>
    /// <remarks>Models <c>mm_has_blockable_invalidate_notifiers</c>.</remarks>
    public bool HasBlocking => Array.Exists(_list, subscription => !subscription.Client.DoesNotBlock);

    /// <summary>Whether a client with a secondary-TLB callback is registered.</summary>
    public bool HasSecondaryTlb { get; private set; }

    /// <summary>Whether no range is between start and end: only then may a client be registered.</summary>
    public bool IsIdle => _activeRanges == 0;

    /// <summary>Announces a range; the result is in <see cref="CpuContext.StartResult"/>.</summary>
    /// <remarks>Models <c>__mmu_notifier_invalidate_range_start</c>.</remarks>
    public IEnumerable<PreemptionPoint> Start(CpuContext cpu, NotifierRange range)
    {
        Invariant.Holds(range.IsBlockable || Profile.HasNonBlockableRanges);
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

    /// <summary>Tells that one page was unmapped or write-protected; the page-table lock is held.</summary>
    /// <param name="cpu">The context.</param>
    /// <param name="address">An address of the page; always 4 KiB, whatever maps it.</param>
    /// <param name="site">The call site.</param>
    /// <remarks>Models <c>__mmu_notifier_invalidate_page</c> (up to 4.12).</remarks>
    public IEnumerable<PreemptionPoint> InvalidatePage(CpuContext cpu, VirtualAddress address, CallSite site) =>
        _list.Length == 0 ? [] : InvalidatePages(cpu, address, site);

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
            Validator.EnterRange(_mmId, cpu, range);
            Journal(cpu, subscription, NotifierCallback.InvalidateRangeStart, range);
            var result = subscription.Client.InvalidateRangeStart(range);
            while (!IsSettled(cpu, subscription.Client))
            {
                yield return subscription.Client.PendingPoint;
            }

            Validator.OnCallbackReturned(cpu);
            NotifierValidator.LeaveRange(cpu);
            yield return After;
            if (result != 0 && Profile.FailingStart != FailingStartRule.CannotFail)
            {
                Validator.OnFailingStart(_mmId, cpu, range, subscription.Client.Callbacks,
                    mayHaveEnd: Profile.FailingStart == FailingStartRule.NobodyGetsEnd);
                error = range.IsBlockable ? error : Again;
            }
        }

        if (error != 0)
        {
            if (Profile.FailingStart == FailingStartRule.EndForAll)
            {
                foreach (var point in CallEnds(cpu, list, range, withSecondaryTlb: false))
                {
                    yield return point;
                }
            }

            RollBackIntervals(cpu, range);

            _activeRanges -= cpu.Close(range) ? 1 : 0;
        }

        cpu.StartResult = error;
        EndTraversal();
    }

    /// <summary>
    /// The intervals accepted the range that the list refused. No kernel to 6.18 counts it down again (KernelProfile.AsKernel).
    /// </summary>
    private void RollBackIntervals(CpuContext cpu, in NotifierRange range)
    {
        if (Intervals.IsEnabled && Intervals.KeepsImbalance)
        {
            Validator.OnIntervalImbalance(_mmId, cpu, range);
        }
        else if (Intervals.IsEnabled)
        {
            Intervals.End();
        }
    }

    private IEnumerable<PreemptionPoint> EndAll(CpuContext cpu, NotifierRange range, bool atEnd)
    {
        _traversals++;
        foreach (var point in CallEnds(cpu, _list, range, atEnd))
        {
            yield return point;
        }

        EndTraversal();
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

                Validator.OnCallbackReturned(cpu);
                yield return After;
            }

            if (Wants(subscription, NotifierCallbacks.InvalidateRangeEnd))
            {
                yield return Before;
                Validator.EnterRange(_mmId, cpu, range);
                Journal(cpu, subscription, NotifierCallback.InvalidateRangeEnd, range);
                subscription.Client.InvalidateRangeEnd(range);
                while (!IsSettled(cpu, subscription.Client))
                {
                    yield return subscription.Client.PendingPoint;
                }

                Validator.OnCallbackReturned(cpu);
                NotifierValidator.LeaveRange(cpu);
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

            Validator.OnCallbackReturned(cpu);
            yield return After;
        }

        Validator.OnSecondaryTlbInvalidated(_mmId, start, end);
        EndTraversal();
    }

    private IEnumerable<PreemptionPoint> InvalidatePages(CpuContext cpu, VirtualAddress address, CallSite site)
    {
        _traversals++;
        foreach (var subscription in _list)
        {
            if (!Wants(subscription, NotifierCallbacks.InvalidatePage))
            {
                continue;
            }

            yield return Before;
            Journal(cpu, subscription, NotifierCallback.InvalidatePage, address, address.Add(4096),
                NotifierCallFlags.None, site);
            subscription.Client.InvalidatePage(address);
            while (!IsSettled(cpu, subscription.Client))
            {
                yield return subscription.Client.PendingPoint;
            }

            Validator.OnCallbackReturned(cpu);
            yield return After;
        }

        Validator.OnSecondaryTlbInvalidated(_mmId, address, address.Add(4096));
        EndTraversal();
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

            Validator.OnCallbackReturned(cpu);
            yield return After;
        }

        EndTraversal();
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

            Validator.OnCallbackReturned(cpu);
            yield return After;
            if (young && callback == NotifierCallback.TestYoung)
            {
                break;
            }
        }

        EndTraversal();
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

    private void Journal(CpuContext cpu, Subscription subscription, NotifierCallback callback, in NotifierRange range)
    {
        var flags = (range.IsBlockable ? NotifierCallFlags.Blockable : 0) | (cpu.IsAtomic ? NotifierCallFlags.Atomic
            : 0);

        // 4.16 to 4.18 have no word for it in the range: the reaper only asks every notifier for its promise before.
        var maySleep = range.IsBlockable && range.Site != CallSite.OomReaper;
        Validator.OnCallback(_mmId, cpu, subscription.IsRegistered, range.Start, range.End,
            maySleep ? CallbackSleep.Allowed : CallbackSleep.NotBlockable);
        _journal.Append(JournalKind.NotifierCall, new NotifierCallRecord(
            _mmId, callback, range.Event, flags, subscription.Index, range.Start.Value, range.End.Value,
                cpu.OperationId, range.Site));
    }

    private void Journal(
        CpuContext cpu, Subscription subscription, NotifierCallback callback, VirtualAddress start, VirtualAddress end,
        NotifierCallFlags flags, CallSite site = CallSite.None)
    {
        flags |= cpu.IsAtomic ? NotifierCallFlags.Atomic : 0;
        Validator.OnCallback(_mmId, cpu, subscription.IsRegistered, start, end,
            callback == NotifierCallback.Release ? CallbackSleep.Allowed : CallbackSleep.Forbidden);
        _journal.Append(JournalKind.NotifierCall, new NotifierCallRecord(
            _mmId, callback, NotifierEvent.Unmap, flags, subscription.Index, start.Value, end.Value, cpu.OperationId,
            site));
    }
}
