using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Drops the pages of a part of one mapping.</summary>
/// <remarks>Models <c>zap_page_range_single</c>: range_end comes before the final flush and the frees.</remarks>
internal static class ZapRange
{
    /// <summary>Drops hugetlb pages; before 6.6 only the mapping's own range is announced, not the request around it.</summary>
    /// <remarks>Models <c>unmap_hugepage_range</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Hugetlb(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end)
    {
        if (mm.Kernel.Profile.CpuFlushInvalidatesSecondaryTlb)
        {
            foreach (var point in Run(mm, op, vma, start, end))
            {
                yield return point;
            }

            yield break;
        }

        var gather = new MmuGather(mm, op, CallSite.HugetlbUnmap);
        foreach (var point in UnmapPages.Part(mm, op, gather, vma, start, end))
        {
            yield return point;
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }
    }

    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, bool keepsAnonymous = false)
    {
        mm.Kernel.LazyFreed.Drain();
        var gather = new MmuGather(mm, op, CallSite.ZapRange);
        var (from, to) = (start, end);
        HugetlbSharing.Widen(vma, ref from, ref to);
        var range = mm.Announce(CallSite.ZapRange, vma, from, to, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        foreach (var point in UnmapPages.Part(mm, op, gather, vma, start, end, keepsAnonymous))
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }
    }
}
