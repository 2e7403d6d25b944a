using System.Numerics;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// Collects what an unmap removes: pages are freed only after the TLBs were flushed (struct mmu_gather).
/// </summary>
internal sealed class MmuGather(
    AddressSpace mm, CpuOperation op, CallSite site, bool isFullMm = false)
{
    /// <summary>8 in the first bundle, then 19 batches of 510.</summary>
    public const int PagesMax = 8 + (19 * 510);

    private readonly List<(ulong Frame, int References)> _pages = [];
    private readonly List<ulong> _tables = [];
    private ulong _start = ulong.MaxValue;
    private ulong _end;
    private bool _freedTables;
    private int _cleared;
    private ulong _sites;

    /// <summary>The call site whose entries are removed now.</summary>
    public CallSite Site { get; set; } = site;

    private bool IsExperiment(SiteExperiment experiment) =>
        (mm.Kernel.Profile.ExperimentAt(Site) & experiment) != 0;

    /// <summary>Whether a site has a gather, whose flush code G means.</summary>
    public static bool IsUsedAt(CallSite site) => site is CallSite.Munmap or CallSite.ExitMmap or CallSite.ZapRange
        or CallSite.MadviseFree or CallSite.MadviseCold or CallSite.Mprotect or CallSite.MremapHugetlb
        or CallSite.OomReaper or CallSite.HugetlbUnmap or CallSite.HugetlbMprotect;

    /// <summary>The next flush is one of the whole mm.</summary>
    public void TrackEverything(CallSite site)
    {
        (_start, _end, _cleared) = (0, ulong.MaxValue, 1);
        _sites |= 1UL << (int)site;
    }

    /// <summary>An entry of that level was removed.</summary>
    public void Track(ulong address, int shift) => Track(address, 1UL << shift, shift);

    /// <summary>Part of what an entry of that level covered was removed.</summary>
    public void Track(ulong address, ulong size, int shift)
    {
        _start = Math.Min(_start, address);
        _end = Math.Max(_end, address + size);
        _sites |= 1UL << (int)Site;
        _cleared |= shift switch
        {
            PageTables.PteShift => 1,
            PageTables.PmdShift => 2,
            PageTables.PudShift => 4,
            _ => 8,
        };
    }

    /// <summary>
    /// The next flush, if one is needed, is of that range: as a flush_tlb_range without a gather has it.
    /// </summary>
    public void Cover(ulong start, ulong end)
    {
        if (_cleared != 0)
        {
            (_start, _end, _cleared) = (start, end, 1);
        }
    }

    /// <summary>A page is to be freed after the flush. True: the batch is full, flush now.</summary>
    public bool Add(ulong frame, int references = 1)
    {
        _pages.Add((frame, references));
        return _pages.Count >= mm.Kernel.GatherPagesMax;
    }

    /// <summary>
    /// A page table is to be freed after the flush; <paramref name="shift"/> is the level of the entry above it.
    /// </summary>
    public void AddTable(ulong frame, ulong address, int shift)
    {
        Track(address, PhysicalMemory.FrameBytes, shift);
        _freedTables = true;
        _tables.Add(frame);
    }

    /// <summary>Flushes the TLBs, if anything was removed (tlb_flush_mmu_tlbonly).</summary>
    public IEnumerable<PreemptionPoint> FlushTlbOnly()
    {
        if (IsExperiment(SiteExperiment.FreeBeforeFlush | SiteExperiment.NeverFree))
        {
            Free();
        }

        if (_cleared == 0 && !_freedTables)
        {
            yield break;
        }

        yield return new(PreemptionKind.BeforeGatherFlush, "tlb_flush_mmu_tlbonly");
        var (start, end, stride) = (_start, _end, Stride);
        (_start, _end, _cleared, _freedTables) = (ulong.MaxValue, 0, 0, false);
        if (isFullMm)
        {
            (start, end) = (0, ulong.MaxValue);
        }

        var flushing = FlushingSite();
        foreach (var point in mm.FlushCpuTlb(op, flushing, start, end, stride))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(op, flushing, Placement.AtGatherFlush, start, end))
        {
            yield return point;
        }
    }

    /// <summary>Flushes the TLBs and frees the pages (tlb_flush_mmu, tlb_finish_mmu).</summary>
    public IEnumerable<PreemptionPoint> Flush()
    {
        foreach (var point in FlushTlbOnly())
        {
            yield return point;
        }

        if (_pages.Count + _tables.Count == 0)
        {
            yield break;
        }

        yield return new(PreemptionKind.BeforeFree, "tlb_batch_pages_flush");
        Free();
    }

    private void Free()
    {
        if (!IsExperiment(SiteExperiment.NeverFree))
        {
            foreach (var table in _tables)
            {
                mm.Kernel.Put(op, table);
            }

            foreach (var (frame, references) in _pages)
            {
                mm.Kernel.Swap.Trim(op, mm.Memory.HeadOf(frame));
                mm.Kernel.Put(op, frame, references);
            }
        }

        _pages.Clear();
        _tables.Clear();
    }

    /// <summary>The site of a flush: of those that removed something, one that reaches the secondary TLB.</summary>
    private CallSite FlushingSite()
    {
        var found = Site;
        for (var sites = _sites; sites != 0; sites &= sites - 1)
        {
            var candidate = (CallSite)BitOperations.TrailingZeroCount(sites);
            var reaches = (mm.Kernel.Profile[candidate] & (Placement.AtGatherFlush | Placement.WithCpuFlush)) != 0;
            found = reaches || sites == _sites ? candidate : found;
        }

        _sites = 0;
        return found;
    }

    private int Stride => (_cleared & 1) != 0 ? PageTables.PteShift
        : (_cleared & 2) != 0 ? PageTables.PmdShift
        : (_cleared & 4) != 0 ? PageTables.PudShift
        : (_cleared & 8) != 0 ? PageTables.P4dShift : PageTables.PteShift;
}
