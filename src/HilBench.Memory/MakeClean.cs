using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// Write-protects and cleans every shared mapping of a file's page, so that the next store is noticed.
/// </summary>
/// <remarks>
/// Models <c>page_mkclean_one</c>; the range is announced in each shared mapping that could hold the page.
/// </remarks>
internal static class MakeClean
{
    /// <summary>From here on DAX goes the way of all files (<c>pfn_mkclean_range</c>).</summary>
    private const int DaxAsFilesSince = 518;

    public static IEnumerable<PreemptionPoint> Page(Kernel kernel, CpuOperation op, ulong frame) =>
        Everywhere(kernel, op, frame, CallSite.MkClean);

    /// <summary>A page of persistent memory.</summary>
    /// <remarks>
    /// Models <c>dax_entry_mkclean</c> (to 5.17): told as CLEAR, and only where there is a page table at all.
    /// </remarks>
    public static IEnumerable<PreemptionPoint> DaxPage(Kernel kernel, CpuOperation op, ulong frame) =>
        Everywhere(kernel, op, frame, CallSite.DaxMkClean);

    private static IEnumerable<PreemptionPoint> Everywhere(
        Kernel kernel, CpuOperation op, ulong frame, CallSite site)
    {
        if (Rmap.TotalMapCount(kernel.Memory, frame) == 0)
        {
            yield break;
        }

        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("folio_mkclean");
        foreach (var (vma, start, end) in Rmap.Mappings(kernel, frame))
        {
            if (!vma.IsShared)
            {
                continue;
            }

            foreach (var point in One(vma.Mm, op, vma, frame, start, end, site))
            {
                yield return point;
            }
        }

        kernel.LeaveRmap(op);
        yield return AddressSpace.Dropped("folio_mkclean");
    }

    private static IEnumerable<PreemptionPoint> One(
        AddressSpace mm, CpuOperation op, Vma vma, ulong frame, ulong start, ulong end, CallSite site)
    {
        var isOldDax = site == CallSite.DaxMkClean && mm.Kernel.Profile.Version < DaxAsFilesSince;
        if (isOldDax && !mm.Tables.TryFind(start, PageTables.PteShift, out _, out _))
        {
            yield break;
        }

        var range = mm.Announce(
            site, vma, start, end, isOldDax ? NotifierEvent.Clear : NotifierEvent.ProtectionPage);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        // Where DAX calls invalidate_page it has dropped the lock already.
        var isToldUnlocked = site == CallSite.DaxMkClean && mm.Kernel.Profile[site].HasFlag(Placement.ByPage);
        if (mm.Tables.TryFind(start, PageTables.PteShift, out var slot, out _))
        {
            var isChanged = false;
            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("page_vma_mkclean_one");
            }

            yield return AddressSpace.Taken("page_vma_mkclean_one");
            var entry = mm.Tables.Read(slot);
            if (entry.IsMapped && entry.Frame == frame && (entry.IsDirty || entry.IsWritable))
            {
                foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, start, site))
                {
                    yield return point;
                }

                var clean = entry.With(0, PageTableEntry.Dirty | PageTableEntry.Writable);
                mm.SetEntry(op, slot, PageTables.PteShift, start, clean);
                yield return AddressSpace.Changed("page_vma_mkclean_one");
                isChanged = true;
                foreach (var point in isToldUnlocked ? [] : EntryUpdate.AfterSet(mm, op, start, PageTables.PteShift, site))
                {
                    yield return point;
                }
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("page_vma_mkclean_one");
            foreach (var point in isToldUnlocked && isChanged ? mm.InvalidatePage(op, site, start) : [])
            {
                yield return point;
            }
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }
}
