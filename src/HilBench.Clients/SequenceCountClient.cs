using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A secondary MMU that counts active ranges and raises a sequence at each end, under one lock: KVM, umem_odp up to
/// 5.4.
/// </summary>
/// <remarks>
/// Models <c>kvm_mmu_notifier_invalidate_range_start</c>, <c>_end</c> and <c>mmu_invalidate_retry</c>.
/// </remarks>
public sealed class SequenceCountClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), INotifierClient
{
    private readonly ClientLock _lock = new();
    private ulong _sequence;
    private ulong _lastFaulted;
    private bool _isFreed;

    /// <summary>What it has mapped.</summary>
    public ShadowTable Shadow { get; } = new();

    /// <summary>Ranges between start and end, as far as it knows; below zero after an end without its start.</summary>
    public int ActiveRanges { get; private set; }

    NotifierCallbacks INotifierClient.Callbacks => NotifierCallbacks.Release | NotifierCallbacks.InvalidatePage
        | (Fault == ClientFault.SecondaryTlbCallbackOnly
            ? NotifierCallbacks.InvalidateSecondaryTlb
            : NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd);

    bool INotifierClient.DoesNotBlock => Fault == ClientFault.ClaimsNotToBlock;

    bool INotifierClient.IsSettled => Callbacks.IsSettled;

    PreemptionPoint INotifierClient.PendingPoint => Callbacks.Point;

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Attach() => Space.Register(this).All();

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Detach()
    {
        if (Fault != ClientFault.FreedWithoutWait)
        {
            return Space.Unregister(this).All();
        }

        Space.Notifiers.UnregisterNoRelease(this);
        _isFreed = true;
        IsStopped = true;
        return [];
    }

    /// <inheritdoc/>
    public override bool TryTranslate(VirtualAddress address, out ShadowEntry entry) =>
        Shadow.TryGet(address, out entry);

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault)
    {
        _lastFaulted = fault.Page.Value;
        for (var isInstalled = false; !isInstalled && !fault.IsRefused && !IsStopped;)
        {
            fault.Sequence = _sequence;
            yield return Step("sequence-read");
            foreach (var point in FindPage(fault))
            {
                yield return point;
            }

            if (Fault == ClientFault.SequenceAfterLookup)
            {
                fault.Sequence = _sequence;
            }

            foreach (var point in Take(_lock))
            {
                yield return point;
            }

            isInstalled = !fault.IsRefused && !IsStopped && (Fault == ClientFault.SecondaryTlbCallbackOnly
                || (ActiveRanges <= 0 && fault.Sequence == _sequence));
            if (isInstalled)
            {
                yield return Step("checked");
                Shadow.Set(fault.Page, fault.Found);
            }

            _lock.Exit();
            if (!isInstalled && !fault.IsRefused)
            {
                fault.Retries++;
                yield return ActiveRanges > 0 ? Waiting("mmu_invalidate_retry") : Step("collided");
            }
        }

        fault.IsRefused |= IsStopped;
    }

    int INotifierClient.InvalidateRangeStart(in NotifierRange range)
    {
        Callbacks.Begin(Start(range));
        return 0;
    }

    void INotifierClient.InvalidateRangeEnd(in NotifierRange range) => Callbacks.Begin(End());

    void INotifierClient.InvalidatePage(VirtualAddress address)
    {
        // The page may have been mapped by a huge entry: only whoever drops all of it is right.
        var size = Fault == ClientFault.OnePageOfHugePage ? 4096UL : HugePageBytes;
        var start = address.AlignDown(size);
        Callbacks.Begin(Zap(start, start.Add(size)));
    }

    void INotifierClient.InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end) =>
        Callbacks.Begin(Zap(start, end));

    void INotifierClient.Release() => Callbacks.Begin(Stop());

    private IEnumerable<PreemptionPoint> Start(NotifierRange range)
    {
        if (Fault == ClientFault.ClaimsNotToBlock && !_lock.IsFree)
        {
            Space.Kernel.Validator.MightSleep(Space.Id, range.Start, range.End);
        }

        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        if (_isFreed)
        {
            // The callback waited while its notifier was freed under it.
            var validator = Space.Kernel.Validator;
            validator.OnUseAfterFree(Space.Id, range.Start, range.End);
        }

        ActiveRanges++;
        var (start, end) = Understood(range);
        Shadow.Drop(start, end);
        _lock.Exit();
    }

    // The faults of 3.2 that lie in the arithmetic of the range.
    private (VirtualAddress Start, VirtualAddress End) Understood(in NotifierRange range)
    {
        var pages = (range.End.Value - range.Start.Value) >> 12;
        return Fault switch
        {
            ClientFault.PagesForBytes => (range.Start, range.Start.Add(pages)),
            ClientFault.StartNotAligned => (
                range.Start.Add(_lastFaulted - (_lastFaulted & ~(HugePageBytes - 1))),
                range.End.Add(_lastFaulted - (_lastFaulted & ~(HugePageBytes - 1)))),
            _ => (range.Start, range.End),
        };
    }

    private IEnumerable<PreemptionPoint> End()
    {
        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        if (Fault == ClientFault.UncountsBeforeSequence)
        {
            ActiveRanges--;
            _lock.Exit();
            yield return Step("range-uncounted");
            _sequence++;
        }
        else
        {
            _sequence++;
            yield return Step("sequence-raised");
            ActiveRanges--;
            _lock.Exit();
        }
    }

    private IEnumerable<PreemptionPoint> Zap(VirtualAddress start, VirtualAddress end)
    {
        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        _sequence++;
        Shadow.Drop(start, end);
        _lock.Exit();
    }

    private IEnumerable<PreemptionPoint> Stop()
    {
        foreach (var point in Take(_lock))
        {
            yield return point;
        }

        IsStopped = true;
        Shadow.Drop(new(0), new(ulong.MaxValue));
        _lock.Exit();
    }
}
