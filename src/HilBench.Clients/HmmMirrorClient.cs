using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A secondary MMU of a driver that migrates pages itself: it ignores the migrations that carry its own owner, and
/// drops what it migrates on its own.
/// </summary>
/// <remarks>
/// Models <c>dmirror_interval_invalidate</c> and <c>dmirror_range_fault</c> of <c>lib/test_hmm.c</c>, and the users of
/// HMM.
/// </remarks>
public sealed class HmmMirrorClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : IntervalTreeClient(space, oracle, options)
{
    /// <summary>
    /// Handles a fault of an atomic of the device: the CPUs lose the page, and the device has it until one of them wants it
    /// back. It ends without when the fault is refused.
    /// </summary>
    /// <remarks>Models <c>nouveau_atomic_range_fault</c>: the page stays locked until the access is programmed.</remarks>
    public IEnumerable<PreemptionPoint> HandleAtomicFault(DeviceFault fault)
    {
        for (var isProgrammed = false; !isProgrammed && !fault.IsRefused && !IsStopped;)
        {
            foreach (var point in BeginRead(fault))
            {
                yield return point;
            }

            var page = VirtualRange.OfSize(fault.Page, 4096);
            var exclusive = Space.MakeDeviceExclusive(page, Options.Owner, pages => isProgrammed = TryProgram(fault, pages));
            while (exclusive.Steps.MoveNext())
            {
                yield return exclusive.Steps.Current;
            }

            fault.IsRefused = exclusive.Errno != 0;
            fault.Retries += isProgrammed ? 0 : 1;
            yield return Step(isProgrammed ? "installed" : "collided");
        }

        fault.IsRefused |= IsStopped;
    }

    private bool TryProgram(DeviceFault fault, IReadOnlyList<ExclusivePage> pages)
    {
        if (pages.Count == 0 || !IsLockFree || MustRetry(fault))
        {
            return false;
        }

        var frame = PhysicalAddress.OfFrame(pages[0].Frame);
        Shadow.Set(fault.Page, new ShadowEntry(frame, IsWritable: true, Oracle.GenerationOf(frame)));
        return true;
    }

    /// <inheritdoc/>
    protected override bool IsOwn(in NotifierRange range) =>
        range.Event is NotifierEvent.Migrate or NotifierEvent.Exclusive
        && (Fault == ClientFault.IgnoresEveryOwner || (range.Owner != 0 && range.Owner == Options.Owner));

    /// <summary>
    /// hmm_range_fault: under the mmap lock, and again from the start when the interval was invalidated meanwhile.
    /// </summary>
    protected override IEnumerable<PreemptionPoint> FindPage(DeviceFault fault)
    {
        const int busy = -16;
        var lookup = Space.HmmRangeFault(
            VirtualRange.OfSize(fault.Page, 4096), fault.IsWrite ? HmmAccess.Write : HmmAccess.Read, Interval,
            fault.Sequence);
        while (lookup.Steps.MoveNext())
        {
            // What the walk has just read is what it returns, if it needs no fault.
            if (lookup.Steps.Current.Site == "hmm_vma_walk_pmd")
            {
                TryWalk(fault);
            }

            yield return lookup.Steps.Current;
        }

        fault.IsBusy = lookup.Errno == busy;
        fault.IsRefused = lookup.Errno != 0 && !fault.IsBusy;
        Invariant.Holds(lookup.Errno != 0 || lookup.HmmPages[0].Frame == fault.Found.Frame.Frame);
        yield return Step("page-found");
    }
}
