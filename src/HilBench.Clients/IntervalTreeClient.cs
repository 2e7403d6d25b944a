using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A secondary MMU with one interval notifier and the collision-retry protocol: umem_odp and the GPU drivers from 5.5
/// on, and the kernel's test_hmm.
/// </summary>
public class IntervalTreeClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), IIntervalClient
{
    private readonly ClientLock _lock = new();
    private IntervalSubscription? _interval;

    /// <summary>What it has mapped.</summary>
    public ShadowTable Shadow { get; } = new();

    /// <summary>Whether nobody holds the lock that installing and dropping take.</summary>
    private protected bool IsLockFree => _lock.IsFree;

    /// <summary>Its interval notifier; null while it is not attached.</summary>
    private protected IntervalSubscription? Interval => _interval;

    bool IIntervalClient.IsSettled => Callbacks.IsSettled;

    PreemptionPoint IIntervalClient.PendingPoint => Callbacks.Point;

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Attach()
    {
        var end = Fault == ClientFault.LastPageLeftOut ? new VirtualAddress(Watched.End.Value - 4096) : Watched.End;
        foreach (var point in Space.RegisterIntervals().All())
        {
            yield return point;
        }

        _interval = Space.Notifiers.Intervals.Insert(this, new(Watched.Start, end));
    }

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Detach()
    {
        foreach (var point in _interval is null ? [] : Space.Notifiers.Intervals.Remove(_interval))
        {
            yield return point;
        }

        _interval = null;
        Shadow.Drop(new(0), new(ulong.MaxValue));
    }

    /// <inheritdoc/>
    public override bool TryTranslate(VirtualAddress address, out ShadowEntry entry) =>
        Shadow.TryGet(address, out entry);

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault)
    {
        fault.IsRefused |= _interval is null || !Watched.Contains(fault.Page);
        for (var isInstalled = false; !isInstalled && !fault.IsRefused && !IsStopped;)
        {
            foreach (var point in BeginRead(fault))
            {
                yield return point;
            }

            foreach (var point in FindPage(fault))
            {
                yield return point;
            }

            if (fault.IsRefused)
            {
                break;
            }

            if (fault.IsBusy)
            {
                fault.Retries++;
                yield return Step("collided");
                continue;
            }

            var isTested = Fault == ClientFault.RetryTestOutsideLock && !MustRetry(fault);
            if (isTested)
            {
                yield return Step("checked");
            }

            foreach (var point in Take(_lock))
            {
                yield return point;
            }

            isInstalled = isTested || (Fault != ClientFault.RetryTestOutsideLock && !MustRetry(fault));
            if (isInstalled && !IsStopped)
            {
                yield return isTested ? Step("installing") : Step("checked");
                Shadow.Set(fault.Page, fault.Found);
            }

            _lock.Exit();
            fault.Retries += isInstalled ? 0 : 1;
            yield return Step(isInstalled ? "installed" : "collided");
        }

        fault.IsRefused |= IsStopped;
    }

    bool IIntervalClient.Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
    {
        if (IsOwn(range))
        {
            return true;
        }

        // Whoever may not sleep must not wait for a lock.
        if (!range.IsBlockable && !_lock.IsFree && Fault != ClientFault.BlocksInNonBlockable)
        {
            return false;
        }

        Callbacks.Begin(Drop(interval, range, sequence));
        return true;
    }

    /// <summary>Whether the range is one that the client itself asked for and that leaves its entries right.</summary>
    protected virtual bool IsOwn(in NotifierRange range) => false;

    /// <summary>Reads the sequence; waits while a range that hit the interval is active.</summary>
    private protected IEnumerable<PreemptionPoint> BeginRead(DeviceFault fault)
    {
        ulong sequence;
        while (!Space.Notifiers.Intervals.TryReadBegin(_interval!, out sequence))
        {
            yield return Waiting("mmu_interval_read_begin");
        }

        fault.Sequence = sequence;
        yield return Step("sequence-read");
    }

    /// <summary>Whether the interval was hit since the sequence was read.</summary>
    private protected bool MustRetry(DeviceFault fault) => IntervalNotifiers.MustRetry(_interval!, fault.Sequence);

    private IEnumerable<PreemptionPoint> Drop(IntervalSubscription interval, NotifierRange range, ulong sequence)
    {
        if (!_lock.IsFree)
        {
            Space.Kernel.Validator.MightSleep(Space.Id, range.Start, range.End);
        }

        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        var dropped = Shadow.Drop(range.Start, range.End);
        if (Fault != ClientFault.SequenceOnlyWhenDropped || dropped.Count > 0)
        {
            IntervalNotifiers.SetSequence(interval, sequence);
        }

        IsStopped |= range.Event == NotifierEvent.Release;
        _lock.Exit();
    }
}
