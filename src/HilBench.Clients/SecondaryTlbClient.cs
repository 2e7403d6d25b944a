using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// A cache of CPU page-table entries outside of the CPU: IOMMU SVA (AMD, Intel, SMMUv3), NPU, CAPI. It has the
/// secondary-TLB callback only; release takes the PASID away before the page tables go.
/// </summary>
/// <remarks>
/// Models <c>mn_invalidate_range</c> of <c>amd_iommu_v2.c</c> (one page, or the whole PASID) and
/// <c>intel_invalidate_range</c>.
/// </remarks>
public sealed class SecondaryTlbClient(AddressSpace space, AccessOracle oracle, ClientOptions options)
    : ClientDevice(space, oracle, options), INotifierClient
{
    private readonly List<SecondaryTlbEntry> _entries = [];
    private readonly List<Fill> _fills = [];
    private readonly List<(VirtualAddress Start, VirtualAddress End)> _deferred = [];

    /// <summary>What it has cached.</summary>
    public IReadOnlyList<SecondaryTlbEntry> Entries => _entries;

    NotifierCallbacks INotifierClient.Callbacks =>
        NotifierCallbacks.InvalidateSecondaryTlb | NotifierCallbacks.InvalidatePage | NotifierCallbacks.Release;

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Attach() => Space.Register(this).All();

    /// <inheritdoc/>
    public override IEnumerable<PreemptionPoint> Detach() => Space.Unregister(this).All();

    /// <inheritdoc/>
    public override bool TryTranslate(VirtualAddress address, out ShadowEntry entry)
    {
        var found = _entries.Find(candidate => candidate.Overlaps(address, address.Add(1)));
        entry = found?.At(address) ?? default;
        return found is not null;
    }

    /// <summary>
    /// A page request when nothing is mapped, then a walk, whose result is cached when it has come back.
    /// </summary>
    public override IEnumerable<PreemptionPoint> HandleFault(DeviceFault fault)
    {
        while (!IsStopped && !fault.IsRefused)
        {
            foreach (var point in FindPage(fault))
            {
                yield return point;
            }

            if (fault.IsRefused || !TryFill(fault, out var fill))
            {
                continue;
            }

            yield return Step("walked");
            _fills.Remove(fill);
            if (!fill.IsCancelled)
            {
                _entries.RemoveAll(old => old.Overlaps(fill.Entry.Start, fill.Entry.End));
                _entries.Add(fill.Entry);
                yield break;
            }

            fault.Retries++;
        }

        fault.IsRefused = true;
    }

    /// <summary>Flushes what callbacks put off.</summary>
    public override void DoDeferredWork()
    {
        _deferred.ForEach(range => Flush(range.Start, range.End));
        _deferred.Clear();
    }

    void INotifierClient.InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end)
    {
        if (Fault == ClientFault.InvalidatesAfterLock)
        {
            _deferred.Add((start, end));
            return;
        }

        if (Fault == ClientFault.SleepsUnderPageTableLock)
        {
            Space.Kernel.Validator.MightSleep(Space.Id, start, end);
        }

        Flush(start, end);
    }

    void INotifierClient.InvalidatePage(VirtualAddress address) =>
        ((INotifierClient)this).InvalidateSecondaryTlb(address, address.Add(4096));

    void INotifierClient.Release()
    {
        if (Fault != ClientFault.ReleaseKeepsEntries)
        {
            IsStopped = true;
            Flush(new(0), new(ulong.MaxValue));
        }
    }

    // The walk reads the entry now and comes back later.
    private bool TryFill(DeviceFault fault, out Fill fill)
    {
        if (!Space.Tables.TryWalk(fault.Page, out var walk) || !walk.IsUser || (fault.IsWrite && !walk.IsWritable))
        {
            fill = null!;
            return false;
        }

        var shift = Options.CachesBasePages ? 12 : walk.SizeShift;
        var start = fault.Page.AlignDown(1UL << shift);
        var page = walk.Translate(start);
        var generations = new uint[1 << (shift - 12)];
        for (var i = 0; i < generations.Length; i++)
        {
            generations[i] = Oracle.GenerationOf(page.Add((ulong)i << 12));
        }

        fill = new Fill(new(start, shift, page, walk.IsWritable) { Generations = generations });
        _fills.Add(fill);
        return true;
    }

    private void Flush(VirtualAddress start, VirtualAddress end)
    {
        if (Options.FlushesWholePasid && end.Value - start.Value > 4096)
        {
            (start, end) = (new(0), new(ulong.MaxValue));
        }

        var size = end.Value - start.Value;
        var keepsLarger = Fault == ClientFault.KeepsLargerEntries;
        _entries.RemoveAll(entry => entry.Overlaps(start, end) && !(keepsLarger && 1UL << entry.SizeShift > size));
        foreach (var fill in _fills)
        {
            fill.IsCancelled |= Fault != ClientFault.KeepsLateFill && fill.Entry.Overlaps(start, end);
        }
    }

    /// <summary>A walk that has read the page table and has not come back.</summary>
    private sealed class Fill(SecondaryTlbEntry entry)
    {
        public SecondaryTlbEntry Entry { get; } = entry;

        public bool IsCancelled { get; set; }
    }
}
