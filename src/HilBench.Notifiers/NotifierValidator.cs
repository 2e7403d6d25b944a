using HilBench.Journal;

namespace HilBench.Notifiers;

/// <summary>
/// Watches the engine itself, in the manner of lockdep: a finding means that the modelled kernel is wrong, never the
/// device. Findings are journaled and kept.
/// </summary>
public sealed class NotifierValidator(EventJournal journal)
{
    private readonly List<NotifierFinding> _findings = [];
    private readonly Dictionary<uint, List<Stale>> _stale = [];
    private readonly Dictionary<ulong, int> _staleFrames = [];

    private readonly LockOrder _order = new();
    private uint _currentMm;
    private VirtualAddress _currentStart;
    private VirtualAddress _currentEnd;

    /// <summary>What was found, oldest first.</summary>
    public IReadOnlyList<NotifierFinding> Findings => _findings;

    /// <summary>
    /// The CPU whose callback runs, or that asks whether its callback is settled: what <c>current</c> is to a callback
    /// of Linux. Null outside callbacks.
    /// </summary>
    public CpuContext? Caller { get; private set; }

    /// <summary>A start is about to be announced.</summary>
    public void OnStart(uint mmId, CpuContext cpu, in NotifierRange range)
    {
        // might_sleep of 5.4: also when nobody listens.
        if (cpu.IsAtomic && range.IsBlockable)
        {
            Report(NotifierRule.SleepInAtomicContext, mmId, cpu, range.Start, range.End);
        }

        var isUnlocked = !cpu.HoldsMmapLock && cpu.RmapLocks == 0 && !cpu.IsLastUser;
        if (isUnlocked || (cpu.IsAtomic && !range.IsBlockable))
        {
            Report(NotifierRule.WrongLock, mmId, cpu, range.Start, range.End);
        }
    }

    /// <summary>
    /// An end is about to be announced; <paramref name="isOpen"/> when its start was seen in this context.
    /// </summary>
    public void OnEnd(uint mmId, CpuContext cpu, in NotifierRange range, bool isOpen)
    {
        if (!isOpen)
        {
            Report(NotifierRule.UnbalancedRange, mmId, cpu, range.Start, range.End);
        }

        if (cpu.IsAtomic && range.IsBlockable)
        {
            Report(NotifierRule.SleepInAtomicContext, mmId, cpu, range.Start, range.End);
        }
    }

    /// <summary>The interval notifiers accepted a range that the list refused, and stay active for it.</summary>
    public void OnIntervalImbalance(uint mmId, CpuContext cpu, in NotifierRange range) =>
        Report(NotifierRule.IntervalImbalance, mmId, cpu, range.Start, range.End);

    /// <summary>A lock of this class is about to be taken.</summary>
    /// <param name="cpu">Who takes it: <see cref="Caller"/> in a callback, else the thread's own context.</param>
    /// <param name="lockClass">All locks that are taken for the same purpose; see <see cref="LockOrder"/>.</param>
    public void OnLock(CpuContext cpu, string lockClass)
    {
        var isGood = (!cpu.HoldsMmapLock || _order.TryAdd(LockOrder.MmapLock, lockClass))
            & (cpu.RmapLocks == 0 || _order.TryAdd(LockOrder.RmapLock, lockClass))
            & (cpu.PageTableLocks == 0 || _order.TryAdd(LockOrder.PageTableLock, lockClass));
        foreach (var held in cpu.Locks)
        {
            isGood &= _order.TryAdd(held, lockClass);
        }

        cpu.Take(lockClass);
        if (!isGood)
        {
            Report(NotifierRule.LockOrderInversion, _currentMm, cpu, _currentStart, _currentEnd);
        }
    }

    /// <summary>The lock was dropped.</summary>
    public static void OnUnlock(CpuContext cpu, string lockClass) => cpu.Drop(lockClass);

    /// <summary>Memory is allocated in a way that may reclaim, and so announce ranges (fs_reclaim).</summary>
    public void OnAllocation(CpuContext cpu)
    {
        OnLock(cpu, LockOrder.Reclaim);
        OnUnlock(cpu, LockOrder.Reclaim);
    }

    /// <summary>The callbacks of a range are about to be called: the core's pseudo lock is taken.</summary>
    internal void EnterRange(uint mmId, CpuContext cpu, in NotifierRange range)
    {
        (_currentMm, _currentStart, _currentEnd) = (mmId, range.Start, range.End);
        OnLock(cpu, LockOrder.Range);
    }

    internal static void LeaveRange(CpuContext cpu) => OnUnlock(cpu, LockOrder.Range);

    /// <summary>The callback has returned and is settled.</summary>
    internal void OnCallbackReturned(CpuContext cpu)
    {
        cpu.Sleep = CallbackSleep.Allowed;
        Caller = Caller == cpu ? null : Caller;
    }

    /// <summary>A callback that needs the page-table lock (change_pte, young) is about to run.</summary>
    public void OnLockedCallback(uint mmId, CpuContext cpu, VirtualAddress start, VirtualAddress end)
    {
        if (cpu.PageTableLocks == 0)
        {
            Report(NotifierRule.WrongLock, mmId, cpu, start, end);
        }
    }

    /// <summary>A client answered a start with an error.</summary>
    public void OnFailingStart(
        uint mmId, CpuContext cpu, in NotifierRange range, NotifierCallbacks callbacks, bool mayHaveEnd = false)
    {
        if (range.IsBlockable)
        {
            Report(NotifierRule.FailingStartOfBlockableRange, mmId, cpu, range.Start, range.End);
        }

        if (callbacks.HasFlag(NotifierCallbacks.InvalidateRangeEnd) && !mayHaveEnd)
        {
            Report(NotifierRule.FailingStartWithEnd, mmId, cpu, range.Start, range.End);
        }
    }

    /// <summary>A callback is about to run.</summary>
    public void OnCallback(uint mmId, CpuContext cpu, bool isRegistered, VirtualAddress start, VirtualAddress end) =>
        OnCallback(mmId, cpu, isRegistered, start, end, CallbackSleep.Forbidden);

    internal void OnCallback(
        uint mmId, CpuContext cpu, bool isRegistered, VirtualAddress start, VirtualAddress end, CallbackSleep sleep)
    {
        Caller = cpu;
        cpu.Sleep = sleep;
        if (!isRegistered)
        {
            Report(NotifierRule.UseAfterUnregister, mmId, cpu, start, end);
        }
    }

    /// <summary>A callback that <paramref name="cpu"/> made goes on, or is asked whether it is settled.</summary>
    public void OnCallbackGoesOn(CpuContext cpu) => Caller = cpu;

    /// <summary>
    /// From a callback: it would sleep here. A finding in atomic context and in a range that is not blockable.
    /// </summary>
    /// <remarks>Models <c>might_sleep</c> with the non-block sections of 5.4.</remarks>
    public void MightSleep(uint mmId, VirtualAddress start, VirtualAddress end)
    {
        if (Caller is not { } cpu)
        {
            return;
        }

        if (cpu.IsAtomic || cpu.Sleep == CallbackSleep.Forbidden)
        {
            Report(NotifierRule.SleepInAtomicContext, mmId, cpu, start, end);
        }
        else if (cpu.Sleep == CallbackSleep.NotBlockable)
        {
            Report(NotifierRule.SleepInNonBlockableRange, mmId, cpu, start, end);
        }
    }

    /// <summary>From a callback: its client was freed since it began.</summary>
    public void OnUseAfterFree(uint mmId, VirtualAddress start, VirtualAddress end)
    {
        if (Caller is { } cpu)
        {
            Report(NotifierRule.UseAfterUnregister, mmId, cpu, start, end);
        }
    }

    /// <summary>An operation returned to its caller.</summary>
    public void OnOperationEnd(uint mmId, CpuContext cpu)
    {
        foreach (var range in cpu.OpenRanges)
        {
            Report(NotifierRule.UnbalancedRange, mmId, cpu, range.Start, range.End);
        }
    }

    /// <summary>
    /// A present entry of <paramref name="frames"/> frames was removed: until the secondary TLB is invalidated there,
    /// none of
    /// them may be freed.
    /// </summary>
    public void OnTranslationRemoved(
        uint mmId, VirtualAddress start, ulong frame, int frames, CallSite site = CallSite.None) =>
        Remember(mmId, new Stale(start.Value, start.Value + ((ulong)frames << 12), frame, frames, site));

    /// <summary>
    /// An entry that points to a page table was removed: until the secondary TLB is invalidated somewhere in what the
    /// table covers, a walker may still read the table, and it must not be freed.
    /// </summary>
    public void OnTableRemoved(uint mmId, VirtualAddress start, VirtualAddress end, ulong table, CallSite site) =>
        Remember(mmId, new Stale(start.Value, end.Value, table, 1, site) { IsTable = true });

    private void Remember(uint mmId, in Stale stale)
    {
        if (!_stale.TryGetValue(mmId, out var list))
        {
            list = [];
            _stale.Add(mmId, list);
        }

        list.Add(stale);
        for (var i = 0UL; i < (ulong)stale.Frames; i++)
        {
            _staleFrames.TryGetValue(stale.Frame + i, out var count);
            _staleFrames[stale.Frame + i] = count + 1;
        }
    }

    /// <summary>The secondary TLB of an mm holds nothing of the range any more.</summary>
    public void OnSecondaryTlbInvalidated(uint mmId, VirtualAddress start, VirtualAddress end)
    {
        if (!_stale.TryGetValue(mmId, out var list) || list.Count == 0)
        {
            return;
        }

        var kept = 0;
        for (var i = 0; i < list.Count; i++)
        {
            var stale = list[i];
            if (stale.Start < end.Value && stale.End > start.Value)
            {
                Forget(stale);
            }
            else
            {
                list[kept++] = stale;
            }
        }

        list.RemoveRange(kept, list.Count - kept);
    }

    /// <summary>An mm has no secondary TLB any more (release).</summary>
    public void OnSecondaryTlbGone(uint mmId) => OnSecondaryTlbInvalidated(mmId, new(0), new(ulong.MaxValue));

    /// <summary>A frame goes back to the free list.</summary>
    public void OnFrameFreed(uint mmId, CpuContext cpu, ulong frame)
    {
        if (_staleFrames.Count > 0 && _staleFrames.ContainsKey(frame))
        {
            var (isTable, site) = StaleAt(frame);
            Report(isTable ? NotifierRule.StaleTableAtFree : NotifierRule.StaleTranslationAtFree, mmId, cpu,
                new(frame << 12), new((frame + 1) << 12), site);
        }
    }

    private void Forget(in Stale stale)
    {
        for (var i = 0UL; i < (ulong)stale.Frames; i++)
        {
            if (--_staleFrames[stale.Frame + i] == 0)
            {
                _staleFrames.Remove(stale.Frame + i);
            }
        }
    }

    /// <summary>The site that took a translation to the frame away and left it in the secondary TLB.</summary>
    private (bool IsTable, CallSite Site) StaleAt(ulong frame)
    {
        foreach (var list in _stale.Values)
        {
            foreach (var stale in list)
            {
                if (frame - stale.Frame < (ulong)stale.Frames)
                {
                    return (stale.IsTable, stale.Site);
                }
            }
        }

        return default;
    }

    private void Report(
        NotifierRule rule, uint mmId, CpuContext cpu, VirtualAddress start, VirtualAddress end,
        CallSite site = CallSite.None)
    {
        var finding = new NotifierFinding(rule, mmId, cpu.OperationId, start.Value, end.Value, site);
        _findings.Add(finding);
        journal.Append(JournalKind.NotifierFinding, finding);
    }

    private readonly record struct Stale(ulong Start, ulong End, ulong Frame, int Frames, CallSite Site)
    {
        public bool IsTable { get; init; }
    }
}
