using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>madvise COLD (pages become old) and PAGEOUT (pages are reclaimed now).</summary>
/// <remarks>Models <c>madvise_cold_or_pageout_pte_range</c>: only pages that nobody else maps.</remarks>
internal static class ColdMemory
{
    /// <summary>Before, the mappings of the page itself count, then those of the first page of its folio.</summary>
    private const int CountsFirstPageSince = 606;

    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, ulong start, ulong end, bool pagesOut)
    {
        var gather = new MmuGather(mm, op, CallSite.MadviseCold);
        mm.Kernel.LazyFreed.Drain();
        mm.PendingFlushes++;
        for (var at = start; at < end;)
        {
            var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out var slot, out var stop);
            var next = Math.Min(end, UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : stop));
            if (isFound && !mm.Tables.Read(slot).IsNone)
            {
                var pages = new List<ulong>();
                foreach (var point in Part(mm, op, gather, slot, at, next, pagesOut, pages))
                {
                    yield return point;
                }

                foreach (var point in pagesOut ? PageOut(mm.Kernel, op, pages) : [])
                {
                    yield return point;
                }
            }

            at = next;
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }

        mm.PendingFlushes--;
    }

    /// <summary>Reclaims pages that were taken off their lists.</summary>
    /// <remarks>Models <c>reclaim_pages</c>; from 6.9 on references do not count.</remarks>
    private static IEnumerable<PreemptionPoint> PageOut(Kernel kernel, CpuOperation op, List<ulong> pages)
    {
        foreach (var page in pages)
        {
            kernel.Memory.State(page).Flags &= ~FrameFlags.Active;
        }

        var tally = new ReclaimTally();
        var request = new ReclaimRequest(UsesReferences: kernel.Profile.Version < 609);
        foreach (var point in Reclaim.List(kernel, op, pages, request, tally))
        {
            yield return point;
        }

        foreach (var page in tally.Kept)
        {
            kernel.Lru.MoveToFront(page);
        }
    }

    private static IEnumerable<PreemptionPoint> Part(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong pmd, ulong start, ulong end, bool pagesOut,
            List<ulong> pages)
    {
        var entry = mm.Tables.Read(pmd);
        var clearsYoung = !pagesOut || mm.Kernel.Profile.Version < 609;
        if (entry.IsHuge)
        {
            var head = entry.Frame;
            if (mm.Memory.State(head).Has(FrameFlags.Zero) || mm.Memory.MapCountOf(PhysicalAddress.OfFrame(head)) != 1)
            {
                yield break;
            }

            if (end - start == HugePages.Size)
            {
                foreach (var point in Huge(mm, op, gather, pmd, start, clearsYoung))
                {
                    yield return point;
                }

                pages.Add(head);
                yield break;
            }

            var result = new StepResult();
            foreach (var point in SplitFolio.Page(mm.Kernel, op, head, result))
            {
                yield return point;
            }

            if (result.FallsBack)
            {
                yield break;
            }
        }

        foreach (var point in Table(mm, op, gather, start, end, clearsYoung, pages))
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong pmd, ulong address, bool clearsYoung)
    {
        while (!mm.TryLockTable(op, pmd))
        {
            yield return AddressSpace.Waiting("madvise_cold_or_pageout_pte_range");
        }

        yield return AddressSpace.Taken("madvise_cold_or_pageout_pte_range");
        var entry = mm.Tables.Read(pmd);
        if (entry.IsHuge && entry.IsAccessed && clearsYoung)
        {
            foreach (var point in HugePages.Invalidate(mm, op, CallSite.MadviseCold, pmd, address, entry))
            {
                yield return point;
            }

            mm.SetEntry(op, pmd, PageTables.PmdShift, address, entry.With(0, PageTableEntry.Accessed),
                keepsFrames: true);
            gather.Track(address, PageTables.PmdShift);
            yield return AddressSpace.Changed("madvise_cold_or_pageout_pte_range");
        }

        mm.UnlockTable(op, pmd);
        yield return AddressSpace.Dropped("madvise_cold_or_pageout_pte_range");
    }

    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong start, ulong end, bool clearsYoung, List<ulong> pages)
    {
        for (var at = start; at < end; at += 4096)
        {
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _))
            {
                yield break;
            }

            var entry = mm.Tables.Read(slot);
            if (!entry.IsMapped || entry.IsSpecial)
            {
                continue;
            }

            var head = mm.Memory.HeadOf(entry.Frame);
            var size = 1UL << mm.Memory.State(head).Order;
            if (size > 1 && mm.Kernel.Profile.Version >= LazyFree.WholeFoliosSince
                && LargeFolios.CountMapped(mm, at, end, head) is var count
                && (count == size || LazyFree.IsSharedLarge(mm, head)))
            {
                if (count == size && (ulong)Rmap.TotalMapCount(mm.Memory, head) == size)
                {
                    foreach (var point in Whole(mm, op, gather, at, count, clearsYoung))
                    {
                        yield return point;
                    }

                    pages.Add(head);
                }

                at += (count - 1) << 12;
                continue;
            }

            var counted = size > 1 && mm.Kernel.Profile.Version >= CountsFirstPageSince ? head : entry.Frame;
            var isAlone = mm.Memory.MapCountOf(PhysicalAddress.OfFrame(counted)) == 1;
            var stopsAtLarge = mm.Kernel.Profile.Version < LazyFree.WholeFoliosSince;
            if (size > 1)
            {
                var result = new StepResult { FallsBack = stopsAtLarge && !isAlone };
                foreach (var point in result.FallsBack ? [] : SplitFolio.Page(mm.Kernel, op, head, result))
                {
                    yield return point;
                }

                if (result.FallsBack && stopsAtLarge)
                {
                    yield break;
                }

                // The entry is looked at anew: it may map the zero page now.
                at -= result.FallsBack ? 0 : 4096UL;
                continue;
            }

            if (!isAlone)
            {
                continue;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("madvise_cold_or_pageout_pte_range");
            }

            foreach (var point in mm.FlushBatched(op, CallSite.MadviseCold))
            {
                yield return point;
            }

            entry = mm.Tables.Read(slot);
            if (entry.IsMapped && entry.IsAccessed && clearsYoung)
            {
                mm.SetEntry(op, slot, PageTables.PteShift, at, entry.With(0, PageTableEntry.Accessed));
                gather.Track(at, PageTables.PteShift);
                foreach (var point in mm.InvalidateChanged(op, CallSite.MadviseCold, at, PageTables.PteShift))
                {
                    yield return point;
                }
            }

            if (entry.IsMapped && !entry.IsSpecial)
            {
                pages.Add(entry.Frame);
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Changed("madvise_cold_or_pageout_pte_range");
        }
    }

    /// <summary>A large folio that lies in the range as a whole becomes old in one go.</summary>
    private static IEnumerable<PreemptionPoint> Whole(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong start, ulong count, bool clearsYoung)
    {
        mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _);
        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("madvise_cold_or_pageout_pte_range");
        }

        for (var i = 0UL; clearsYoung && i < count; i++)
        {
            mm.Tables.TryFind(start + (i << 12), PageTables.PteShift, out var slot, out _);
            var entry = mm.Tables.Read(slot);
            if (entry.IsMapped && entry.IsAccessed)
            {
                mm.SetEntry(op, slot, PageTables.PteShift, start + (i << 12), entry.With(0, PageTableEntry.Accessed));
                gather.Track(start + (i << 12), PageTables.PteShift);
            }
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Changed("madvise_cold_or_pageout_pte_range");
    }
}
