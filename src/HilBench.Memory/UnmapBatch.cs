using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// The CPU flushes that an unmap by the reverse map put off. They are done before a page is written or freed; until then
/// a device can be cleaner than the CPUs.
/// </summary>
/// <remarks>Models <c>struct tlbflush_unmap_batch</c>.</remarks>
internal sealed class UnmapBatch
{
    private readonly List<(AddressSpace Mm, CallSite Site)> _spaces = [];

    /// <summary>Whether the flush of one entry of the mm can be put off: when the mm ran on several CPUs.</summary>
    /// <remarks>Models <c>should_defer_flush</c>.</remarks>
    public static bool Takes(AddressSpace mm) => mm.HasRunOnSeveralCpus;

    /// <summary>An entry of the mm was cleared without a CPU flush.</summary>
    /// <remarks>Models <c>set_tlb_ubc_flush_pending</c>.</remarks>
    public void Add(AddressSpace mm, CallSite site)
    {
        mm.HasBatchedFlush = true;
        if (!_spaces.Exists(space => space.Mm == mm))
        {
            _spaces.Add((mm, site));
        }
    }

    /// <summary>Flushes the CPU TLBs of all that were added; the secondary TLBs are clean already.</summary>
    /// <remarks>Models <c>try_to_unmap_flush</c>.</remarks>
    public IEnumerable<PreemptionPoint> Flush(CpuOperation op)
    {
        foreach (var (mm, site) in _spaces.ToArray())
        {
            mm.FlushBatch(op, site);
            yield return new(PreemptionKind.CpuTlbFlushed, "arch_tlbbatch_flush");
        }

        _spaces.Clear();
    }
}
