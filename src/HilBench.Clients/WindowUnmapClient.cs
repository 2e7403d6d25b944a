using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// Fixed windows of user memory: the device reaches a window as a whole until an invalidation meets it; then the
/// window is destroyed and never comes back by itself. scif and the Xen grant device.
/// </summary>
/// <remarks>Models <c>scif_mmu_notifier_invalidate_range_start</c> and <c>gntdev_invalidate</c>.</remarks>
public sealed class WindowUnmapClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), IIntervalClient
{
    private readonly ShadowTable _window = new();
    private IntervalSubscription? _interval;
    private ulong _invalidations;

    /// <summary>Whether the device can reach the window: it was mapped as a whole, and not destroyed since.</summary>
    public bool IsOpen { get; private set; }

    bool IIntervalClient.IsSettled => true;

    /// <summary>Watches the window and maps every page of it.</summary>
    public override IEnumerable<PreemptionPoint> Attach()
    {
        var end = Fault == ClientFault.LastPageLeftOut ? new VirtualAddress(Watched.End.Value - 4096) : Watched.End;
        foreach (var point in Space.RegisterIntervals().All())
        {
            yield return point;
        }

        _interval = Space.Notifiers.Intervals.Insert(this, new(Watched.Start, end));
        var before = _invalidations;
        for (var page = Watched.Start; page < Watched.End; page = page.Add(4096))
        {
            var fault = new DeviceFault(page, isWrite: true);
            foreach (var point in FindPage(fault))
            {
                yield return point;
            }

            if (!fault.IsRefused)
            {
                _window.Set(page, fault.Found);
            }
        }

        IsOpen = before == _invalidations;
        IsStopped = !IsOpen;
    }

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Detach()
    {
        Destroy();
        foreach (var point in _interval is null ? [] : Space.Notifiers.Intervals.Remove(_interval))
        {
            yield return point;
        }

        _interval = null;
    }

    /// <inheritdoc/>
    public override bool TryTranslate(VirtualAddress address, out ShadowEntry entry)
    {
        var isFound = _window.TryGet(address, out entry);
        return isFound && IsOpen;
    }

    /// <summary>Always refused: what was destroyed does not come back.</summary>
    public override IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault)
    {
        fault.IsRefused = true;
        return [];
    }

    bool IIntervalClient.Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
    {
        IntervalNotifiers.SetSequence(interval, sequence);
        _invalidations++;
        Destroy();
        return true;
    }

    private void Destroy()
    {
        IsOpen = false;
        IsStopped = true;
        _window.Drop(new(0), new(ulong.MaxValue));
    }
}
