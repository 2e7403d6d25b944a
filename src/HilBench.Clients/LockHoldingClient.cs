using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A secondary MMU whose start takes a lock for reading that end drops: nothing can be installed between the two. In a
/// range that is not blockable it tries, and refuses. The shape of amdgpu from 4.19 to 5.4.
/// </summary>
/// <remarks>
/// Models <c>amdgpu_mn_invalidate_range_start_gfx</c>, <c>amdgpu_mn_read_lock</c> and <c>_unlock</c>.
/// </remarks>
public sealed class LockHoldingClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), INotifierClient
{
    private readonly ClientLock _lock = new();
    private readonly List<NotifierRange> _refused = [];
    private ulong _invalidations;

    /// <summary>What it has mapped.</summary>
    public ShadowTable Shadow { get; } = new();

    /// <summary>Its lock; readers are ranges between start and end.</summary>
    public ClientLock Lock => _lock;

    NotifierCallbacks INotifierClient.Callbacks => NotifierCallbacks.InvalidateRangeStart
        | NotifierCallbacks.InvalidateRangeEnd | NotifierCallbacks.Release;

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
            // Read while a range is active, it would be the number of a range that has not changed anything yet.
            foreach (var point in TakeForWriting())
            {
                yield return point;
            }

            fault.Sequence = _invalidations;
            _lock.Exit();
            yield return Step("sequence-read");
            foreach (var point in FindPage(fault).Concat(TakeForWriting()))
            {
                yield return point;
            }

            isInstalled = !IsStopped && !fault.IsRefused && fault.Sequence == _invalidations;
            if (isInstalled)
            {
                yield return Step("checked");
                Shadow.Set(fault.Page, fault.Found);
            }

            _lock.Exit();
            if (fault.IsRefused)
            {
                yield break;
            }

            fault.Retries += isInstalled ? 0 : 1;
            yield return Step(isInstalled ? "installed" : "collided");
        }

        fault.IsRefused |= IsStopped;
    }

    int INotifierClient.InvalidateRangeStart(in NotifierRange range)
    {
        if (!range.IsBlockable && !_lock.IsFree && _lock.Readers <= 0
            && Fault != ClientFault.BlocksInNonBlockable)
        {
            // Before 5.12 nobody gets the end of a range that somebody refused.
            if (Space.Kernel.Profile.FailingStart == FailingStartRule.EndForAll)
            {
                _refused.Add(range);
            }

            return -11;
        }

        Callbacks.Begin(Start(range));
        return 0;
    }

    void INotifierClient.InvalidateRangeEnd(in NotifierRange range)
    {
        // A range that was refused holds nothing; who forgets that drops somebody else's lock.
        if (!_refused.Remove(range) || Fault == ClientFault.EndsWhatFailed)
        {
            _lock.ExitShared();
        }
    }

    void INotifierClient.Release()
    {
        IsStopped = true;
        Shadow.Drop(new(0), new(ulong.MaxValue));
    }

    private IEnumerable<PreemptionPoint> TakeForWriting()
    {
        while (!_lock.TryEnter())
        {
            yield return Waiting("amdgpu_mn_lock");
        }
    }

    private IEnumerable<PreemptionPoint> Start(NotifierRange range)
    {
        if (!_lock.IsFree && _lock.Readers <= 0)
        {
            Space.Kernel.Validator.MightSleep(Space.Id, range.Start, range.End);
        }

        while (!_lock.TryEnterShared())
        {
            yield return Waiting("amdgpu_mn_read_lock");
        }

        _invalidations++;
        Shadow.Drop(range.Start, range.End);
    }
}
