using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// PAGEMAP_SCAN with PM_SCAN_WP_MATCHING and PM_SCAN_CHECK_WPASYNC: finds the pages written since the last scan and
/// protects them again.
/// </summary>
/// <remarks>
/// Models <c>do_pagemap_scan</c> and <c>pagemap_scan_pmd_entry</c> (6.7). The CPU flush is under the page-table lock
/// and reaches from the first written page to the end of what the table has of the request.
/// </remarks>
internal static class PagemapScanner
{
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        var (start, end) = (range.Start.Value, AddressSpace.PageEnd(range));
        if (start % 4096 != 0 || !mm.Kernel.Profile.Has(CallSite.PagemapScan))
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("do_pagemap_scan");
        }

        yield return AddressSpace.Taken("do_pagemap_scan");
        var written = new List<VirtualAddress>();
        var announced = mm.Announce(CallSite.PagemapScan, null, start, end, NotifierEvent.ProtectionVma);
        foreach (var point in mm.StartRange(op, announced))
        {
            yield return point;
        }

        foreach (var vma in mm.VmaList.Overlapping(start, end))
        {
            if (!vma.Has(VmaFlags.UffdWriteProtect) || !vma.Has(VmaFlags.UffdAsync))
            {
                op.Errno = ErrorNumber.NotPermitted;
                break;
            }

            foreach (var point in InVma(mm, op, vma, Math.Max(start, vma.StartAddress), Math.Min(end, vma.EndAddress),
                written))
            {
                yield return point;
            }
        }

        foreach (var point in mm.EndRange(op, announced))
        {
            yield return point;
        }

        op.WrittenPages = written;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("do_pagemap_scan");
    }

    private static IEnumerable<PreemptionPoint> InVma(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, List<VirtualAddress> written)
    {
        for (var at = start; at < end;)
        {
            var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out var slot, out var stop);
            var next = Math.Min(end, UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : stop));
            var entry = isFound ? mm.Tables.Read(slot) : default;
            if (entry.IsHuge && (vma.HugetlbShift == 0 ? IsWritten(entry) : next - at == HugePages.Size))
            {
                foreach (var point in Huge(mm, op, vma, slot, at, next, written))
                {
                    yield return point;
                }

                entry = mm.Tables.Read(slot);
            }

            if (entry.IsPresent && !entry.IsHuge)
            {
                foreach (var point in Table(mm, op, at, next, written))
                {
                    yield return point;
                }
            }

            at = next;
        }
    }

    /// <remarks>Models <c>pagemap_scan_thp_entry</c>: a part of a huge page is protected only after a split.</remarks>
    private static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong start, ulong end, List<VirtualAddress> written)
    {
        if (end - start != HugePages.Size)
        {
            foreach (var point in HugePages.Split(mm, op, vma, start))
            {
                yield return point;
            }

            yield break;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("pagemap_scan_thp_entry");
        }

        yield return AddressSpace.Taken("pagemap_scan_thp_entry");
        var entry = mm.Tables.Read(slot);
        if (entry.IsHuge && IsWritten(entry))
        {
            for (var at = start; at < end; at += 4096)
            {
                written.Add(new(at));
            }

            mm.SetEntry(op, slot, PageTables.PmdShift, start,
                entry.With(PageTableEntry.UffdWp, PageTableEntry.Writable), keepsFrames: true);
            yield return AddressSpace.Changed("make_uffd_wp_pmd");
            foreach (var point in mm.FlushCpuTlb(op, CallSite.PagemapScan, start, end))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("pagemap_scan_thp_entry");
    }

    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, ulong start, ulong end, List<VirtualAddress> written)
    {
        mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _);
        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("pagemap_scan_pmd_entry");
        }

        yield return AddressSpace.Taken("pagemap_scan_pmd_entry");
        var flushFrom = end;
        for (var at = start; at < end; at += 4096)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
            var entry = mm.Tables.Read(slot);
            if (!IsWritten(entry))
            {
                continue;
            }

            written.Add(new(at));
            flushFrom = Math.Min(flushFrom, at);
            mm.SetEntry(op, slot, PageTables.PteShift, at, UserFaults.Protected(entry));
            yield return AddressSpace.Changed("make_uffd_wp_pte");
        }

        foreach (var point in flushFrom < end ? mm.FlushCpuTlb(op, CallSite.PagemapScan, flushFrom, end) : [])
        {
            yield return point;
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Dropped("pagemap_scan_pmd_entry");
    }

    /// <summary>Whatever is not protected counts as written, an empty entry of a table too.</summary>
    private static bool IsWritten(PageTableEntry entry) => entry.IsMapped
        ? (entry.Value & PageTableEntry.UffdWp) == 0
        : !UserFaults.IsMarker(entry) && (entry.Value & PageTableEntry.SwapUffdWp) == 0;
}
