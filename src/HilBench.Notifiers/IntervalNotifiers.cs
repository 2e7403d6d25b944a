using System.Diagnostics;
using HilBench.Journal;

namespace HilBench.Notifiers;

/// <summary>
/// The interval notifiers of one mm with their collision-retry protocol (notifier specification, 1.5).
/// </summary>
/// <remarks>
/// Models the <c>mmu_interval_*</c> part of <c>mm/mmu_notifier.c</c>. The tree does not change while the sequence is
/// odd.
/// </remarks>
public sealed class IntervalNotifiers
{
    private readonly uint _mmId;
    private readonly EventJournal _journal;
    private readonly IntervalTree _tree = new();
    private readonly List<IntervalSubscription> _deferred = [];
    private readonly NotifierValidator _validator;
    private readonly bool _exists;
    private readonly Func<bool> _isIdle;
    private uint _inserted;

    internal IntervalNotifiers(uint mmId, EventJournal journal, NotifierValidator validator, bool exists, Func<bool> isIdle)
    {
        _mmId = mmId;
        _journal = journal;
        _validator = validator;
        _exists = exists;
        _isIdle = isIdle;
    }

    /// <summary>The mm's sequence: odd while a range that hit an interval is between start and end.</summary>
    public ulong Sequence { get; private set; } = 2;

    /// <summary>Ranges between start and end.</summary>
    public int ActiveRanges { get; private set; }

    /// <summary>Whether ranges are counted: an interval was inserted, or <see cref="Enable"/> was called.</summary>
    public bool IsEnabled { get; private set; }

    /// <summary>
    /// True: when the interval part of a non-blockable start went well and a list notifier then refuses, the count of
    /// active ranges stays raised for ever, as in Linux 5.5 to 6.18. False: it is corrected.
    /// </summary>
    public bool KeepsImbalance { get; set; }

    /// <summary>Intervals that were ever inserted: the next one gets this index in journal lines.</summary>
    public uint Insertions => _inserted;

    private bool IsInvalidating => (Sequence & 1) != 0;

    /// <summary>
    /// Adds an interval (<c>mmu_interval_notifier_insert</c>). While ranges are active it collides at first.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The kernel is older than 5.5, or it is the mm's first interval and a range is between start and end (the first
    /// one takes mm_take_all_locks).
    /// </exception>
    public IntervalSubscription Insert(IIntervalClient client, VirtualRange range)
    {
        if (!_exists)
        {
            throw new InvalidOperationException("the kernel has no interval notifiers (5.5 and later have)");
        }

        if (!IsEnabled && !_isIdle())
        {
            throw new InvalidOperationException("a range is in flight: the first interval must wait for it");
        }

        IsEnabled = true;
        var interval = new IntervalSubscription(client, range, _inserted++);
        if (ActiveRanges == 0)
        {
            interval.Sequence = Sequence - 1;
            AddToTree(interval);
        }
        else if (IsInvalidating)
        {
            _deferred.Add(interval);
            interval.Sequence = Sequence;
        }
        else
        {
            AddToTree(interval);
            Sequence |= 1;
            interval.Sequence = Sequence;
        }

        CheckInvariants(interval);
        return interval;
    }

    /// <summary>Counts ranges from now on; none may be in flight, for its end would come without its start.</summary>
    public void Enable() => IsEnabled = true;

    /// <summary>
    /// Removes an interval and waits until no callback of it runs (<c>mmu_interval_notifier_remove</c>).
    /// </summary>
    public IEnumerable<PreemptionPoint> Remove(IntervalSubscription interval)
    {
        if (!IsInvalidating)
        {
            RemoveFromTree(interval);
            interval.IsRemoved = true;
            CheckInvariants();
            yield break;
        }

        if (!interval.IsInTree)
        {
            _deferred.Remove(interval);
            interval.IsRemoved = true;
            yield break;
        }

        _deferred.Add(interval);
        var sequence = Sequence;
        while (Sequence == sequence)
        {
            yield return new(PreemptionKind.SynchronizeWait, "mmu_interval_notifier_remove");
        }

        interval.IsRemoved = true;
    }

    /// <summary>
    /// Begins a read. False: the interval collides; try again when others have run (<c>mmu_interval_read_begin</c>).
    /// </summary>
    public bool TryReadBegin(IntervalSubscription interval, out ulong sequence)
    {
        sequence = interval.Sequence;
        return sequence != Sequence;
    }

    /// <summary>
    /// Whether what was read since <see cref="TryReadBegin"/> must be thrown away; under the client's own lock.
    /// </summary>
    public static bool MustRetry(IntervalSubscription interval, ulong sequence) => interval.Sequence != sequence;

    /// <summary>
    /// From the invalidate callback, always, under the client's own lock (<c>mmu_interval_set_seq</c>).
    /// </summary>
    public static void SetSequence(IntervalSubscription interval, ulong sequence) => interval.Sequence = sequence;

    internal IEnumerable<PreemptionPoint> Start(CpuContext cpu, NotifierRange range)
    {
        ActiveRanges++;
        CheckInvariants();
        if (!_tree.HasOverlap(range))
        {
            yield break;
        }

        Sequence |= 1;
        var sequence = Sequence;
        var hit = new List<IntervalSubscription>();
        _tree.FindOverlaps(range, hit);
        foreach (var interval in hit)
        {
            yield return new(PreemptionKind.BeforeNotifier, "mn_itree_invalidate");

            // I9: after remove has returned no callback runs; I2: the tree stays as it was found.
            Invariant.Holds(!interval.IsRemoved && interval.IsInTree);
            Journal(cpu, interval, range);
            _validator.EnterRange(_mmId, cpu, range);
            _validator.OnCallback(_mmId, cpu, isRegistered: true, range.Start, range.End,
                range.IsBlockable ? CallbackSleep.Allowed : CallbackSleep.NotBlockable);
            var isDone = interval.Client.Invalidate(interval, range, sequence);
            while (!IsSettled(cpu, interval.Client))
            {
                yield return interval.Client.PendingPoint;
            }

            _validator.OnCallbackReturned(cpu);
            NotifierValidator.LeaveRange(cpu);
            CheckInvariants(interval);
            yield return new(PreemptionKind.AfterNotifier, "mn_itree_invalidate");
            if (!isDone && !range.IsBlockable)
            {
                End();
                cpu.StartResult = NotifierSubscriptions.Again;
                yield break;
            }
        }
    }

    internal void End()
    {
        Invariant.Holds(ActiveRanges > 0);
        ActiveRanges--;
        if (ActiveRanges > 0 || !IsInvalidating)
        {
            CheckInvariants();
            return;
        }

        var before = Sequence;
        Sequence++;

        // I11: one step to odd and one to even in each busy period.
        Invariant.Holds(Sequence == before + 1 && !IsInvalidating);
        foreach (var interval in _deferred)
        {
            if (interval.IsInTree)
            {
                RemoveFromTree(interval);
            }
            else
            {
                AddToTree(interval);
            }
        }

        _deferred.Clear();
        CheckInvariants();
    }

    /// <summary>The invariants I1 and I8 of the notifier specification (1.5), in every state.</summary>
    [Conditional("DEBUG")]
    internal void CheckInvariants()
    {
        Invariant.Holds(!IsInvalidating || ActiveRanges > 0);
        Invariant.Holds(_deferred.Count == 0 || IsInvalidating);
    }

    /// <summary>I3 and I4: odd, and equal to the mm's only while that is odd.</summary>
    [Conditional("DEBUG")]
    private void CheckInvariants(IntervalSubscription interval)
    {
        Invariant.Holds((interval.Sequence & 1) == 1);
        Invariant.Holds(interval.Sequence != Sequence || IsInvalidating);
        CheckInvariants();
    }

    private bool IsSettled(CpuContext cpu, IIntervalClient client)
    {
        _validator.OnCallbackGoesOn(cpu);
        return client.IsSettled;
    }

    private void AddToTree(IntervalSubscription interval)
    {
        // I2: the tree changes only while the sequence is even.
        Invariant.Holds(!IsInvalidating);
        _tree.Add(interval);
        interval.IsInTree = true;
    }

    private void RemoveFromTree(IntervalSubscription interval)
    {
        Invariant.Holds(!IsInvalidating);
        _tree.Remove(interval);
        interval.IsInTree = false;
    }

    private void Journal(CpuContext cpu, IntervalSubscription interval, in NotifierRange range)
    {
        var flags = (range.IsBlockable ? NotifierCallFlags.Blockable : 0) | (cpu.IsAtomic ? NotifierCallFlags.Atomic
            : 0);
        _validator.OnCallbackGoesOn(cpu);
        _journal.Append(JournalKind.NotifierCall, new NotifierCallRecord(
            _mmId, NotifierCallback.IntervalInvalidate, range.Event, flags, interval.Index, range.Start.Value,
                range.End.Value, cpu.OperationId, range.Site));
    }
}
