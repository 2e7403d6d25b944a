using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A translation cache with a software miss handler: start counts and flushes, the handler waits while anything is
/// counted and looks the page up and drops it in within one critical section.
/// </summary>
/// <remarks>Models <c>gru_invalidate_range_start</c> and <c>gru_try_dropin</c> of sgi-gru.</remarks>
public class RangeCountClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), INotifierClient
{
    private readonly ClientLock _lock = new();

    /// <summary>What it has mapped.</summary>
    public ShadowTable Shadow { get; } = new();

    /// <summary>Ranges between start and end.</summary>
    public int ActiveRanges { get; private set; }

    NotifierCallbacks INotifierClient.Callbacks => NotifierCallbacks.InvalidateRangeStart
        | NotifierCallbacks.InvalidateRangeEnd | NotifierCallbacks.InvalidatePage | NotifierCallbacks.Release;

    bool INotifierClient.IsSettled => Callbacks.IsSettled;

    PreemptionPoint INotifierClient.PendingPoint => Callbacks.Point;

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Attach() => Space.Register(this).All();

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Detach() => Space.Unregister(this).All();

    /// <inheritdoc/>
    public override bool TryTranslate(VirtualAddress address, out ShadowEntry entry) =>
        Shadow.TryGet(address, out entry);

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault)
    {
        for (var isInstalled = false; !isInstalled && !IsStopped;)
        {
            foreach (var point in FindPage(fault).Concat(Take(_lock)))
            {
                yield return point;
            }

            // Correct: what is found under the lock while nothing is counted, no later start can have missed.
            var isCounted = ActiveRanges > 0 && Fault != ClientFault.NoRetry;
            isInstalled = !IsStopped && !fault.IsRefused && !isCounted
                && (Fault == ClientFault.NoRetry || TryWalk(fault));
            if (isInstalled)
            {
                Shadow.Set(fault.Page, fault.Found);
            }

            _lock.Exit();
            if (fault.IsRefused)
            {
                yield break;
            }

            fault.Retries += isInstalled ? 0 : 1;
            yield return isCounted ? Waiting("ms_range_active") : Step(isInstalled ? "installed" : "collided");
        }

        fault.IsRefused |= IsStopped;
    }

    int INotifierClient.InvalidateRangeStart(in NotifierRange range)
    {
        Callbacks.Begin(Change(+1, range.Start, range.End, isLast: false));
        return 0;
    }

    void INotifierClient.InvalidateRangeEnd(in NotifierRange range) =>
        Callbacks.Begin(Change(-1, range.Start, range.Start, isLast: false));

    void INotifierClient.InvalidatePage(VirtualAddress address) => Callbacks.Begin(
        Change(
            0, address.AlignDown(HugePageBytes), address.AlignDown(HugePageBytes).Add(HugePageBytes), isLast: false));

    void INotifierClient.Release() => Callbacks.Begin(Change(0, new(0), new(ulong.MaxValue), isLast: true));

    private IEnumerable<PreemptionPoint> Change(int count, VirtualAddress start, VirtualAddress end, bool isLast)
    {
        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        ActiveRanges += count;
        IsStopped |= isLast;
        Shadow.Drop(start, end);
        _lock.Exit();
    }
}
