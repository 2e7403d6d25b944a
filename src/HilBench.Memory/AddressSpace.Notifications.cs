using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>How the operations tell CPU TLBs and notifiers, as the profile has it at each call site.</summary>
public sealed partial class AddressSpace
{
    /// <summary>What a range announces; its bounds are those that the site's experiment makes of them.</summary>
    internal NotifierRange Announce(
        CallSite site, Vma? vma, ulong start, ulong end, NotifierEvent reason, bool isBlockable = true,
        ulong owner = 0)
    {
        Shape(site, ref start, ref end);
        var experiment = Kernel.Profile.ExperimentAt(site);
        reason = experiment.HasFlag(SiteExperiment.TellUnmap) ? NotifierEvent.Unmap : Kernel.Profile.Tell(reason);
        return new(new(start), new(end), reason, isBlockable || !Kernel.Profile.HasNonBlockableRanges,
            Kernel.Profile.TellsOwner ? owner : 0)
        {
            Vma = Kernel.Profile.TellsVma ? vma?.Range : null,
            Site = site,
        };
    }

    /// <summary>Announces a range, where the profile does so at its site.</summary>
    /// <remarks>Models <c>mmu_notifier_invalidate_range_start</c>.</remarks>
    internal IEnumerable<PreemptionPoint> StartRange(CpuOperation op, NotifierRange range)
    {
        op.Site = range.Site;
        if (!Kernel.Profile.TellsRange(range.Site))
        {
            op.Context.StartResult = 0;
            return [];
        }

        return TrySplit(range, out var first, out var second)
            ? Notifiers.Start(op.Context, first).Concat(Notifiers.Start(op.Context, second))
            : Notifiers.Start(op.Context, range);
    }

    /// <summary>Ends a range; the secondary TLB is invalidated where the profile has it at the site.</summary>
    /// <remarks>
    /// Models <c>mmu_notifier_invalidate_range_end</c> and <c>mmu_notifier_invalidate_range_only_end</c>.
    /// </remarks>
    internal IEnumerable<PreemptionPoint> EndRange(CpuOperation op, NotifierRange range) =>
        op.Postponed.Count > 0 || (Kernel.Profile[range.Site].HasFlag(Placement.AtGatherFlush)
            && !MmuGather.IsUsedAt(range.Site)) ? EndWithAll(op, range) : EndNow(op, range);

    private IEnumerable<PreemptionPoint> EndWithAll(CpuOperation op, NotifierRange range)
    {
        foreach (var point in Postponed(op, range.Site, SiteExperiment.CpuFlushBeforeEnd))
        {
            yield return point;
        }

        foreach (var point in EndNow(op, range))
        {
            yield return point;
        }

        foreach (var point in Postponed(op, range.Site, SiteExperiment.CpuFlushAfterEnd))
        {
            yield return point;
        }

        foreach (var point in MmuGather.IsUsedAt(range.Site) ? []
            : InvalidateAt(op, range.Site, Placement.AtGatherFlush, range.Start.Value, range.End.Value))
        {
            yield return point;
        }
    }

    /// <summary>
    /// Flushes the CPU TLBs, and where the profile has it so at the site with them the secondary TLBs
    /// (flush_tlb_mm_range). A range of more than 33 pages of the stride counts as everything.
    /// </summary>
    internal IEnumerable<PreemptionPoint> FlushCpuTlb(
        CpuOperation op, CallSite site, ulong start, ulong end, int strideShift = PageTables.PteShift)
    {
        const SiteExperiment moved = SiteExperiment.CpuFlushBeforeEnd | SiteExperiment.CpuFlushAfterEnd;
        if ((Kernel.Profile.ExperimentAt(site) & moved) != 0 && op.Context.HasOpenRange(site))
        {
            op.Postponed.Add(new(site, start, end, strideShift));
            return [];
        }

        return FlushNow(op, site, start, end, strideShift);
    }

    /// <summary>Whether a site invalidates the secondary TLB under the page-table lock by itself.</summary>
    internal bool IsInvalidatedUnderLock(CallSite site) =>
        (Kernel.Profile[site] & (Placement.UnderLockBeforeSet | Placement.UnderLockAfterSet)) != 0;

    /// <summary>
    /// Invalidates the secondary TLB at a site that changes entries in place or only clears them, when the profile has
    /// it under the page-table lock there.
    /// </summary>
    internal IEnumerable<PreemptionPoint> InvalidateChanged(CpuOperation op, CallSite site, ulong address, int shift)
    {
        address &= ~((1UL << shift) - 1);
        return Kernel.Profile[site].HasFlag(Placement.ByPage) ? InvalidatePage(op, site, address)
            : IsInvalidatedUnderLock(site) ? Invalidate(op, site, address, address + (1UL << shift)) : [];
    }

    /// <summary>Calls invalidate_page where the profile has it at the site (up to 4.12).</summary>
    internal IEnumerable<PreemptionPoint> InvalidatePage(CpuOperation op, CallSite site, ulong address) =>
        Kernel.Profile[site].HasFlag(Placement.ByPage)
            && !Kernel.Profile.ExperimentAt(site).HasFlag(SiteExperiment.SkipSecondaryTlb)
            ? Notifiers.InvalidatePage(op.Context, new(address), site) : [];

    /// <summary>Invalidates the secondary TLB, when the profile has it at that moment of the site.</summary>
    internal IEnumerable<PreemptionPoint> InvalidateAt(
        CpuOperation op, CallSite site, Placement moment, ulong start, ulong end)
    {
        const Placement early = Placement.UnderLockBeforeSet | Placement.WithCpuFlush;
        var isDone = (moment & early) != 0
            && Kernel.Profile.ExperimentAt(site).HasFlag(SiteExperiment.InvalidateBeforeClear);
        return (Kernel.Profile[site] & moment) != 0 && !isDone ? Invalidate(op, site, start, end) : [];
    }

    /// <summary>The experiment in which the entry can be fetched again after the invalidation.</summary>
    internal IEnumerable<PreemptionPoint> InvalidateEarly(CpuOperation op, CallSite site, ulong start, ulong end)
    {
        const Placement early = Placement.UnderLockBeforeSet | Placement.WithCpuFlush;
        return (Kernel.Profile[site] & early) != 0
            && Kernel.Profile.ExperimentAt(site).HasFlag(SiteExperiment.InvalidateBeforeClear)
            ? Invalidate(op, site, start, end) : [];
    }

    private IEnumerable<PreemptionPoint> Invalidate(CpuOperation op, CallSite site, ulong start, ulong end)
    {
        if (Kernel.Profile.ExperimentAt(site).HasFlag(SiteExperiment.SkipSecondaryTlb))
        {
            return [];
        }

        Shape(site, ref start, ref end);
        return Notifiers.InvalidateSecondaryTlb(op.Context, new(start), new(end), site);
    }

    private IEnumerable<PreemptionPoint> FlushNow(
        CpuOperation op, CallSite site, ulong start, ulong end, int strideShift)
    {
        const int ceiling = 33;
        var (exactStart, exactEnd) = (start, end);
        if (end == ulong.MaxValue || (end - start) >> strideShift > ceiling)
        {
            (start, end) = (0, ulong.MaxValue);
        }

        var isFirst = Kernel.Profile.ExperimentAt(site).HasFlag(SiteExperiment.InvalidateBeforeCpuFlush);
        foreach (var point in isFirst ? InvalidateAt(op, site, Placement.WithCpuFlush, start, end) : [])
        {
            yield return point;
        }

        // As the golden traces show: a CPU that only idles with the mm drops out at a flush of everything.
        HasRunOnSeveralCpus &= end != ulong.MaxValue;
        Kernel.Journal.Append(JournalKind.CpuTlbFlush, new TlbFlushRecord(Id, op.Id, start, end, site));
        yield return new(PreemptionKind.CpuTlbFlushed, "flush_tlb_mm_range");
        foreach (var point in isFirst ? [] : InvalidateAt(op, site, Placement.WithCpuFlush, start, end))
        {
            yield return point;
        }

        if (!Kernel.Profile[site].HasFlag(Placement.AfterCpuFlush))
        {
            yield break;
        }

        if (op.Context.PageTableLocks > 0 && op.Context.HasOpenRange(site))
        {
            op.Postponed.Add(new(site, exactStart, exactEnd, StrideShift: 0));
            yield break;
        }

        foreach (var point in InvalidateAt(op, site, Placement.AfterCpuFlush, exactStart, exactEnd))
        {
            yield return point;
        }
    }

    private IEnumerable<PreemptionPoint> EndNow(CpuOperation op, NotifierRange range)
    {
        var open = op.Context.OpenRanges;
        op.Site = CallSite.None;
        for (var i = open.Count - 1; i >= 0 && op.Site == CallSite.None; i--)
        {
            op.Site = open[i].Site == range.Site ? CallSite.None : open[i].Site;
        }

        if (!Kernel.Profile.TellsRange(range.Site)
            || Kernel.Profile.ExperimentAt(range.Site).HasFlag(SiteExperiment.MissingEnd))
        {
            return [];
        }

        return TrySplit(range, out var first, out var second)
            ? Notifiers.End(op.Context, first).Concat(Notifiers.End(op.Context, second))
            : Notifiers.End(op.Context, range);
    }

    /// <summary>Does what a site has put off: flushes at their moment, code F as soon as the lock is dropped.</summary>
    private IEnumerable<PreemptionPoint> Postponed(CpuOperation op, CallSite site, SiteExperiment moment)
    {
        for (var i = 0; i < op.Postponed.Count;)
        {
            var work = op.Postponed[i];
            var isDue = work.Site == site && (work.IsCpuFlush
                ? Kernel.Profile.ExperimentAt(site).HasFlag(moment) : moment == SiteExperiment.CpuFlushBeforeEnd);
            if (!isDue)
            {
                i++;
                continue;
            }

            op.Postponed.RemoveAt(i);
            foreach (var point in work.IsCpuFlush ? FlushNow(op, site, work.Start, work.End, work.StrideShift)
                : InvalidateAt(op, site, Placement.AfterCpuFlush, work.Start, work.End))
            {
                yield return point;
            }
        }
    }

    private bool TrySplit(in NotifierRange range, out NotifierRange first, out NotifierRange second)
    {
        var pages = (range.End.Value - range.Start.Value) >> 12;
        var middle = new VirtualAddress(range.Start.Value + ((pages / 2) << 12));
        first = range with { End = middle };
        second = range with { Start = middle };
        return pages > 1 && Kernel.Profile.ExperimentAt(range.Site).HasFlag(SiteExperiment.TwoRanges);
    }

    /// <summary>The bounds that a site's experiment makes of a range.</summary>
    private void Shape(CallSite site, ref ulong start, ref ulong end)
    {
        var experiment = Kernel.Profile.ExperimentAt(site);
        if (experiment == SiteExperiment.None || end == ulong.MaxValue)
        {
            return;
        }

        if (experiment.HasFlag(SiteExperiment.WholeAddressSpace))
        {
            (start, end) = (0, ulong.MaxValue);
        }
        else if (experiment.HasFlag(SiteExperiment.RoundToHugePage))
        {
            start &= ~(HugePages.Size - 1);
            end = (end + HugePages.Size - 1) & ~(HugePages.Size - 1);
        }
        else if (experiment.HasFlag(SiteExperiment.EndInPagesNotBytes))
        {
            end = start + Math.Max(1, (end - start) >> 12);
        }
        else if (experiment.HasFlag(SiteExperiment.StartUnaligned) && end - start > 4096)
        {
            var middle = (end - start) >> 13 << 12;
            (start, end) = (start + middle, end + middle);
        }
    }
}
