using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A secondary MMU with start on the list and no end, as GPU drivers had it. It is correct with an interval for each
/// fault, as nouveau does it: intervals are told before the list, so the sequence is set before start drops entries.
/// Without it start is forgotten as soon as it has returned.
/// </summary>
/// <remarks>Models <c>nouveau_svmm_invalidate_range_start</c> and <c>nouveau_range_fault</c>.</remarks>
public class StartOnlyClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), INotifierClient
{
    private readonly ClientLock _lock = new();

    /// <summary>What it has mapped.</summary>
    public ShadowTable Shadow { get; } = new();

    NotifierCallbacks INotifierClient.Callbacks =>
        NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidatePage | NotifierCallbacks.Release;

    bool INotifierClient.IsSettled => Callbacks.IsSettled;

    PreemptionPoint INotifierClient.PendingPoint => Callbacks.Point;

    private bool UsesIntervals => Fault is ClientFault.None or ClientFault.IntervalStaysCounted;

    /// <summary>Whether a page that is mapped is held by a reference.</summary>
    protected virtual bool TakesReferences => Fault == ClientFault.NoRetry;

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Attach() =>
        (UsesIntervals ? Space.RegisterIntervals().All() : []).Concat(Space.Register(this).All());

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Detach() => Space.Unregister(this).All();

    /// <inheritdoc/>
    public override bool TryTranslate(VirtualAddress address, out ShadowEntry entry) =>
        Shadow.TryGet(address, out entry);

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault)
    {
        var interval = UsesIntervals
            ? Space.Notifiers.Intervals.Insert(new Sequence(_lock), VirtualRange.OfSize(fault.Page, 4096))
            : null;
        for (var isInstalled = false; !isInstalled && !fault.IsRefused && !IsStopped;)
        {
            foreach (var point in BeginRead(fault, interval))
            {
                yield return point;
            }

            foreach (var point in FindPage(fault).Concat(Take(_lock)))
            {
                yield return point;
            }

            isInstalled = !fault.IsRefused && !IsStopped
                && (interval is null || !IntervalNotifiers.MustRetry(interval, fault.Sequence));
            if (isInstalled)
            {
                yield return Step("checked");
                Install(fault);
            }

            _lock.Exit();
            fault.Retries += isInstalled ? 0 : 1;
            yield return Step(isInstalled ? "installed" : "collided");
        }

        fault.IsRefused |= IsStopped;
        foreach (var point in interval is null ? [] : Space.Notifiers.Intervals.Remove(interval))
        {
            yield return point;
        }
    }

    int INotifierClient.InvalidateRangeStart(in NotifierRange range)
    {
        // With intervals on the same mm a list notifier must not refuse what they have accepted: its lock is a
        // spinlock.
        if (!range.IsBlockable && !_lock.IsFree && Fault != ClientFault.None)
        {
            return -11;
        }

        Callbacks.Begin(Drop(range.Start, range.End, isLast: false));
        return 0;
    }

    void INotifierClient.InvalidatePage(VirtualAddress address) => Callbacks.Begin(
        Drop(address.AlignDown(HugePageBytes), address.AlignDown(HugePageBytes).Add(HugePageBytes), isLast: false));

    void INotifierClient.Release() => Callbacks.Begin(Drop(new(0), new(ulong.MaxValue), isLast: true));

    private IEnumerable<PreemptionPoint> BeginRead(DeviceFault fault, IntervalSubscription? interval)
    {
        var sequence = 0UL;
        while (interval is not null && !Space.Notifiers.Intervals.TryReadBegin(interval, out sequence))
        {
            yield return Waiting("mmu_interval_read_begin");
        }

        fault.Sequence = sequence;
        yield return Step("sequence-read");
    }

    private void Install(DeviceFault fault)
    {
        var held = Shadow.Drop(fault.Page, fault.Page.Add(4096));
        Shadow.Set(fault.Page, fault.Found);
        if (TakesReferences)
        {
            Space.Kernel.Pin(fault.Found.Frame);
            Unpin(held);
        }
    }

    private void Unpin(IReadOnlyList<ShadowEntry> dropped)
    {
        for (var i = 0; TakesReferences && i < dropped.Count; i++)
        {
            Space.Kernel.Unpin(Space, dropped[i].Frame);
        }
    }

    private IEnumerable<PreemptionPoint> Drop(VirtualAddress start, VirtualAddress end, bool isLast)
    {
        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        IsStopped |= isLast;
        Unpin(Shadow.Drop(start, end));
        _lock.Exit();
    }

    /// <summary>The interval of one fault: only the sequence is of interest.</summary>
    private sealed class Sequence(ClientLock clientLock) : IIntervalClient
    {
        private bool _waits;
        private IntervalSubscription? _interval;
        private ulong _sequence;

        public bool IsSettled
        {
            get
            {
                if (_waits && clientLock.TryEnter())
                {
                    IntervalNotifiers.SetSequence(_interval!, _sequence);
                    clientLock.Exit();
                    _waits = false;
                }

                return !_waits;
            }
        }

        public PreemptionPoint PendingPoint => Waiting("client lock");

        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            if (!range.IsBlockable && !clientLock.IsFree)
            {
                return false;
            }

            (_waits, _interval, _sequence) = (true, interval, sequence);
            return true;
        }
    }
}
