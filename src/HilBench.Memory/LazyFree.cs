using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>madvise FREE: the pages become clean and old, and may be dropped later.</summary>
/// <remarks>Models <c>madvise_free_single_vma</c> and <c>madvise_free_pte_range</c>.</remarks>
internal static class LazyFree
{
    /// <summary>From here on a large folio that lies in the range as a whole is not split.</summary>
    internal const int WholeFoliosSince = 610;

    internal const int CountsEveryPageSince = 609;

    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end)
    {
        var gather = new MmuGather(mm, op, CallSite.MadviseFree);
        mm.Kernel.LazyFreed.Drain();
        mm.PendingFlushes++;
        var range = mm.Announce(CallSite.MadviseFree, vma, start, end, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        for (var at = start; at < end;)
        {
            var next = Math.Min(end, UnmapPages.NextBoundary(at, PageTables.PmdShift));
            var isHuge = mm.Tables.TryFind(at, PageTables.PmdShift, out var pmd, out _) && mm.Tables.Read(pmd).IsHuge;
            foreach (var point in isHuge ? Huge(mm, op, gather, pmd, at, next) : [])
            {
                yield return point;
            }

            foreach (var point in Table(mm, op, gather, at, next))
            {
                yield return point;
            }

            at = next;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }

        mm.PendingFlushes--;
    }

    /// <remarks>
    /// Models <c>madvise_free_huge_pmd</c>: a part of a huge page is freed only after a split of the page.
    /// </remarks>
    private static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong pmd, ulong start, ulong end)
    {
        var entry = mm.Tables.Read(pmd);
        if (mm.Memory.State(entry.Frame).Has(FrameFlags.Zero | FrameFlags.Locked) || Rmap.TotalMapCount(mm.Memory, entry.Frame) != 1)
        {
            yield break;
        }

        if (end - start != HugePages.Size)
        {
            foreach (var point in SplitFolio.Page(mm.Kernel, op, entry.Frame, new StepResult()))
            {
                yield return point;
            }

            yield break;
        }

        while (!mm.TryLockTable(op, pmd))
        {
            yield return AddressSpace.Waiting("madvise_free_huge_pmd");
        }

        yield return AddressSpace.Taken("madvise_free_huge_pmd");
        entry = mm.Tables.Read(pmd);
        if (!entry.IsHuge || mm.Memory.State(entry.Frame).Has(FrameFlags.Zero | FrameFlags.Locked)
            || Rmap.TotalMapCount(mm.Memory, entry.Frame) != 1)
        {
            mm.UnlockTable(op, pmd);
            yield break;
        }

        if (entry.IsAccessed || entry.IsDirty)
        {
            foreach (var point in HugePages.Invalidate(mm, op, CallSite.MadviseFree, pmd, start, entry))
            {
                yield return point;
            }

            mm.SetEntry(op, pmd, PageTables.PmdShift, start,
                entry.With(0, PageTableEntry.Accessed | PageTableEntry.Dirty), keepsFrames: true);
            gather.Track(start, PageTables.PmdShift);
            foreach (var point in mm.InvalidateChanged(op, CallSite.MadviseFree, start, PageTables.PmdShift))
            {
                yield return point;
            }
        }

        MarkLazyFree(mm.Kernel, entry.Frame);
        mm.UnlockTable(op, pmd);
        yield return AddressSpace.Dropped("madvise_free_huge_pmd");
    }

    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong start, ulong end)
    {
        var wholeUntil = 0UL;
        for (var at = start; at < end; at += 4096)
        {
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _))
            {
                yield break;
            }

            var entry = mm.Tables.Read(slot);
            if (entry.IsMapped && !entry.IsSpecial && mm.Memory.OrderOf(PhysicalAddress.OfFrame(entry.Frame)) > 0)
            {
                var head = mm.Memory.HeadOf(entry.Frame);
                var isWhole = at < wholeUntil;
                if (!isWhole && mm.Kernel.Profile.Version >= WholeFoliosSince
                    && LargeFolios.CountMapped(mm, at, end, head) is var count
                    && count == 1UL << mm.Memory.State(head).Order)
                {
                    isWhole = true;
                    wholeUntil = at + (count << 12);
                }

                var result = new StepResult { FallsBack = !isWhole && IsSharedLarge(mm, head) };
                foreach (var point in isWhole || result.FallsBack ? [] : SplitFolio.Page(mm.Kernel, op, head, result))
                {
                    yield return point;
                }

                if (result.FallsBack && mm.Kernel.Profile.Version < CountsEveryPageSince)
                {
                    yield break;
                }

                if (result.FallsBack)
                {
                    continue;
                }
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("madvise_free_pte_range");
            }

            foreach (var point in mm.FlushBatched(op, CallSite.MadviseFree))
            {
                yield return point;
            }

            var isChanged = Free(mm, op, gather, slot, at);
            foreach (var point in isChanged
                ? mm.InvalidateChanged(op, CallSite.MadviseFree, at, PageTables.PteShift) : [])
            {
                yield return point;
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Changed("madvise_free_pte_range");
        }
    }

    /// <summary>Whether a large page that base entries map is left alone because others seem to map it too.</summary>
    /// <remarks>Models <c>folio_estimated_sharers</c> up to 6.8, <c>folio_likely_mapped_shared</c> later.</remarks>
    internal static bool IsSharedLarge(AddressSpace mm, ulong head)
    {
        if (mm.Kernel.Profile.Version < CountsEveryPageSince)
        {
            return mm.Memory.MapCountOf(PhysicalAddress.OfFrame(head)) != 1;
        }

        var total = Rmap.TotalMapCount(mm.Memory, head);
        var isMany = mm.Memory.State(head).EntireMapCount > 0 || total > HugePages.Pages;
        return total > 1 && (isMany || mm.Memory.State(head).MapCount > 1);
    }

    private static bool Free(AddressSpace mm, CpuOperation op, MmuGather gather, ulong slot, ulong address)
    {
        var entry = mm.Tables.Read(slot);
        if (entry.IsSwap && entry.SwapType is SwapType.Swap or SwapType.Hwpoison)
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, default);
            if (entry.SwapType == SwapType.Swap)
            {
                mm.Kernel.Swap.PutAndTrim(op, entry.SwapOffset);
            }

            return false;
        }

        if (!entry.IsMapped || entry.IsSpecial)
        {
            return false;
        }

        var head = mm.Memory.HeadOf(entry.Frame);
        ref var page = ref mm.Memory.State(head);
        if (page.Has(FrameFlags.Dirty | FrameFlags.SwapCache)
            && (page.Has(FrameFlags.Locked) || mm.Memory.MapCountOf(PhysicalAddress.OfFrame(entry.Frame)) != 1
                || (page.Has(FrameFlags.SwapCache) && !mm.Kernel.Swap.TryFree(op, head))))
        {
            return false;
        }

        var isChanged = entry.IsAccessed || entry.IsDirty;
        if (isChanged)
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry.With(0,
                PageTableEntry.Accessed | PageTableEntry.Dirty));
            gather.Track(address, PageTables.PteShift);
        }

        MarkLazyFree(mm.Kernel, head);
        return isChanged;
    }

    /// <summary>The page goes to the inactive list of files: it may be dropped when clean.</summary>
    /// <remarks>
    /// Models <c>folio_mark_lazyfree</c> and <c>lru_lazyfree_fn</c>: a page that reclaim or migration has taken off its list
    /// stays what it is.
    /// </remarks>
    private static void MarkLazyFree(Kernel kernel, ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        if (page.Has(FrameFlags.SwapBacked) && !page.Has(FrameFlags.SwapCache | FrameFlags.Locked))
        {
            page.Flags &= ~(FrameFlags.SwapBacked | FrameFlags.Active | FrameFlags.Referenced);
            kernel.Lru.MoveToFront(head);
            if (page.Order == 0)
            {
                kernel.LazyFreed.Add(page.Identity);
            }
        }

        page.Flags &= ~FrameFlags.Dirty;
    }
}
