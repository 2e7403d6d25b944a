using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Drops the pages of a part of one mapping.</summary>
/// <remarks>Models <c>zap_page_range_single</c>: range_end comes before the final flush and the frees.</remarks>
internal static class ZapRange
{
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, bool keepsAnonymous = false)
    {
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
