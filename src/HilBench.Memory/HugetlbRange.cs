using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>mprotect and mremap of hugetlb mappings: flushed before the range ends.</summary>
/// <remarks>Models <c>hugetlb_change_protection</c> and <c>move_hugetlb_page_tables</c>.</remarks>
internal static class HugetlbRange
{
    internal const int GathersSince = 606;
    private const int FlushesChangedSince = 601;

    public static IEnumerable<PreemptionPoint> Protect(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, PageProtection change)
    {
        var (from, to) = (start, end);
        HugetlbSharing.Widen(vma, ref from, ref to);
        var hasUnshared = false;
        var range = mm.Announce(CallSite.HugetlbMprotect, vma, from, to, NotifierEvent.ProtectionVma);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        var changed = new Extent();
        for (var at = start; at < end; at += 1UL << vma.HugetlbShift)
        {
            if (HugetlbSharing.IsShared(mm, vma, at, out var pud))
            {
                foreach (var point in HugetlbSharing.Unshare(mm, op, pud, at))
                {
                    yield return point;
                }

                hasUnshared = true;
                changed.Add(at & ~(HugetlbSharing.Span - 1), HugetlbSharing.Span);
            }

            if (!mm.Tables.TryFind(at, vma.HugetlbShift, out var slot, out _))
            {
                continue;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("hugetlb_change_protection");
            }

            yield return AddressSpace.Taken("hugetlb_change_protection");
            var entry = mm.Tables.Read(slot);
            if (entry.IsNone || entry is { IsSwap: true, SwapType: SwapType.Hwpoison })
            {
                mm.UnlockTable(op, slot);
                yield return AddressSpace.Dropped("hugetlb_change_protection");
                continue;
            }

            changed.Add(at, 1UL << vma.HugetlbShift);
            mm.SetEntry(op, slot, vma.HugetlbShift, at, change.ApplyHuge(mm, vma, entry));
            yield return AddressSpace.Changed("hugetlb_change_protection");
            foreach (var point in mm.InvalidateChanged(op, CallSite.HugetlbMprotect, at, vma.HugetlbShift))
            {
                yield return point;
            }

            mm.UnlockTable(op, slot);
        }

        foreach (var point in Flush(
            mm, op, CallSite.HugetlbMprotect, vma, changed, hasUnshared ? from : start, hasUnshared ? to : end))
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        // Its own gather ends inside that of the call, and two at once count as having changed everything.
        if (mm.Kernel.Profile.Version >= GathersSince)
        {
            var inner = new MmuGather(mm, op, CallSite.HugetlbMprotect);
            inner.TrackEverything(CallSite.HugetlbMprotect);
            foreach (var point in inner.Flush())
            {
                yield return point;
            }
        }
    }

    public static IEnumerable<PreemptionPoint> Move(
        AddressSpace mm, CpuOperation op, Vma vma, ulong from, ulong to, ulong size)
    {
        var (start, end) = (from, from + size);
        HugetlbSharing.Widen(vma, ref start, ref end);
        var hasUnshared = false;
        var range = mm.Announce(CallSite.MremapHugetlb, vma, start, end, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        var changed = new Extent();
        for (var offset = 0UL; offset < size; offset += 1UL << vma.HugetlbShift)
        {
            if (HugetlbSharing.IsShared(mm, vma, from + offset, out var pud))
            {
                foreach (var point in HugetlbSharing.Unshare(mm, op, pud, from + offset))
                {
                    yield return point;
                }

                hasUnshared = true;
                changed.Add((from + offset) & ~(HugetlbSharing.Span - 1), HugetlbSharing.Span);
            }

            if (!mm.Tables.TryFind(from + offset, vma.HugetlbShift, out var old, out _) || mm.Tables.Read(old).IsNone)
            {
                continue;
            }

            changed.Add(from + offset, 1UL << vma.HugetlbShift);

            if (!mm.TryMakeTables(op, to + offset, vma.HugetlbShift, out var slot))
            {
                op.Errno = ErrorNumber.NoMemory;
                break;
            }

            while (!mm.TryLockTable(op, old))
            {
                yield return AddressSpace.Waiting("move_huge_pte");
            }

            var entry = mm.Tables.Read(old);
            mm.SetEntry(op, old, vma.HugetlbShift, from + offset, default);
            yield return AddressSpace.Changed("move_huge_pte");
            mm.SetEntry(op, slot, vma.HugetlbShift, to + offset, entry);
            yield return AddressSpace.Changed("move_huge_pte");
            foreach (var point in mm.InvalidateChanged(op, CallSite.MremapHugetlb, from + offset, vma.HugetlbShift))
            {
                yield return point;
            }

            mm.UnlockTable(op, old);
        }

        foreach (var point in Flush(mm, op, CallSite.MremapHugetlb, vma, changed,
            hasUnshared ? start : from, hasUnshared ? end : from + size))
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> Flush(
        AddressSpace mm, CpuOperation op, CallSite site, Vma vma, Extent changed, ulong start, ulong end)
    {
        // With a gather only what changed is flushed; before, the whole range.
        if (mm.Kernel.Profile.Version >= FlushesChangedSince)
        {
            if (changed.IsEmpty)
            {
                yield break;
            }

            (start, end) = (changed.Start, changed.End);
        }

        if (mm.Kernel.Profile[site].HasFlag(Placement.AtGatherFlush))
        {
            yield return new(PreemptionKind.BeforeGatherFlush, "tlb_flush_mmu_tlbonly");
        }

        foreach (var point in mm.FlushCpuTlb(op, site, start, end, vma.HugetlbShift))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(op, site, Placement.AtGatherFlush, start, end))
        {
            yield return point;
        }
    }
}
