using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Removes every mapping of a page: for migration, for a split, for reclaim.</summary>
/// <remarks>Models <c>try_to_migrate_one</c> and <c>try_to_unmap_one</c>.</remarks>
internal static class RmapUnmap
{
    /// <summary>
    /// One mapping. The page is locked and carries a reference of the caller. FallsBack in the result: it was written
    /// meanwhile and stays, no other mapping is visited.
    /// </summary>
    public static IEnumerable<PreemptionPoint> One(
        CpuOperation op, Vma vma, ulong head, ulong start, ulong end, UnmapRequest request, StepResult result)
    {
        var mm = vma.Mm;
        var splitsInside = request.Mode == UnmapMode.Reclaim && mm.Kernel.Profile.Version >= 610;
        if (request.SplitsHuge && !splitsInside && mm.Tables.TryFind(start, PageTables.PmdShift, out _, out _))
        {
            foreach (var point in HugePages.Split(
                mm, op, vma, start, freezes: request.Mode == UnmapMode.Migrate, onlyFrame: head))
            {
                yield return point;
            }
        }

        var site = SiteOf(mm.Memory, head, request.Mode);
        var (from, to) = (start, end);
        HugetlbSharing.Widen(vma, ref from, ref to);
        var range = mm.Announce(site, vma, from, to, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        if (request.SplitsHuge && splitsInside)
        {
            foreach (var point in HugePages.SplitUnannounced(mm, op, vma, start, head))
            {
                yield return point;
            }
        }

        var isFound = mm.Tables.TryFind(start, PageTables.PmdShift, out var pmd, out _);
        var isHuge = isFound && mm.Tables.Read(pmd).IsHuge && mm.Tables.Read(pmd).Frame == head;
        var steps = isHuge && HugetlbSharing.IsShared(mm, vma, start, out var pud)
            ? HugetlbSharing.UnshareMapped(mm, op, pud, start, range)
            : isHuge ? HugeEntry(mm, op, head, pmd, start, request.Mode, site)
            : Entries(mm, op, head, start, end, request, site, result);
        foreach (var point in steps)
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    private static CallSite SiteOf(PhysicalMemory memory, ulong head, UnmapMode mode) => mode switch
    {
        UnmapMode.Migrate => CallSite.MigrateUnmap,
        UnmapMode.Hwpoison or UnmapMode.DropPoisoned => CallSite.Hwpoison,
        _ => memory.State(head).Has(FrameFlags.Anonymous) ? CallSite.ReclaimAnon : CallSite.ReclaimFile,
    };

    /// <remarks>Models <c>set_pmd_migration_entry</c>.</remarks>
    private static IEnumerable<PreemptionPoint> HugeEntry(
        AddressSpace mm, CpuOperation op, ulong head, ulong pmd, ulong address, UnmapMode mode, CallSite site)
    {
        while (!mm.TryLockTable(op, pmd))
        {
            yield return AddressSpace.Waiting("set_pmd_migration_entry");
        }

        yield return AddressSpace.Taken("set_pmd_migration_entry");
        var entry = mm.Tables.Read(pmd);
        if (entry.IsHuge && entry.Frame == head)
        {
            // hugetlb goes through ptep_clear_flush, which flushes one base page whatever the size.
            var steps = mm.Memory.State(entry.Frame).Has(FrameFlags.Hugetlb)
                ? EntryUpdate.ClearFlushHuge(mm, op, pmd, address, PageTables.PmdShift, site)
                : HugePages.InvalidateNotify(mm, op, site, pmd, address, entry, removes: true);
            foreach (var point in steps)
            {
                yield return point;
            }

            var isExclusive = mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive);
            mm.SetEntry(op, pmd, PageTables.PmdShift, address, mode == UnmapMode.Hwpoison
                ? PageTableEntry.OfSwap(SwapType.Hwpoison, entry.Frame)
                : MigrationEntry.Of(entry, entry.Frame, isExclusive));
            mm.Memory.State(entry.Frame).EntireMapCount--;
            mm.Memory.State(entry.Frame).Flags &= ~FrameFlags.AnonExclusive;
            mm.Kernel.Put(op, entry.Frame);
            yield return AddressSpace.Changed("set_pmd_migration_entry");
            foreach (var point in EntryUpdate.AfterSet(mm, op, address, PageTables.PmdShift, site))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, pmd);
        yield return AddressSpace.Dropped("set_pmd_migration_entry");
    }

    private static IEnumerable<PreemptionPoint> Entries(
        AddressSpace mm, CpuOperation op, ulong head, ulong start, ulong end, UnmapRequest request, CallSite site,
        StepResult result)
    {
        for (var at = start; at < end && !result.FallsBack;)
        {
            var next = Math.Min(end, UnmapPages.NextBoundary(at, PageTables.PmdShift));
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var first, out _))
            {
                at = next;
                continue;
            }

            while (!mm.TryLockTable(op, first))
            {
                yield return AddressSpace.Waiting("page_vma_mapped_walk");
            }

            yield return AddressSpace.Taken("page_vma_mapped_walk");
            for (; at < next && !result.FallsBack; at += 4096)
            {
                if (TryFindEntry(mm, head, at, out var slot, out var entry))
                {
                    foreach (var point in Entry(mm, op, slot, at, entry, request, site, result))
                    {
                        yield return point;
                    }
                }
            }

            mm.UnlockTable(op, first);
            yield return AddressSpace.Dropped("page_vma_mapped_walk");
        }
    }

    /// <summary>Whether the entry of an address maps a part of the page.</summary>
    private static bool TryFindEntry(
        AddressSpace mm, ulong head, ulong address, out ulong slot, out PageTableEntry entry)
    {
        var isFound = mm.Tables.TryFind(address, PageTables.PteShift, out slot, out _);
        entry = isFound ? mm.Tables.Read(slot) : default;
        entry = DeviceExclusive.IsInReverseMap(mm.Kernel, entry) ? DeviceExclusive.AsPresent(entry) : entry;
        return entry.IsMapped && !entry.IsSpecial && entry.Frame >= head
            && entry.Frame < head + (1UL << mm.Memory.State(head).Order);
    }

    /// <summary>
    /// One base page: clear, flush, what takes its place. A lazily freed page that was written since is mapped again, and
    /// then up to 6.5 no secondary TLB hears of it before the end.
    /// </summary>
    private static IEnumerable<PreemptionPoint> Entry(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, PageTableEntry entry, UnmapRequest request,
        CallSite site, StepResult result)
    {
        var frame = entry.Frame;
        var head = mm.Memory.HeadOf(frame);
        var isDeferred = request.Batch is not null && mm.Tables.Read(slot).IsPresent && UnmapBatch.Takes(mm);
        foreach (var point in isDeferred ? EntryUpdate.ClearFlushLater(mm, op, slot, address, site, request.Batch!)
            : EntryUpdate.ClearFlush(mm, op, slot, address, site))
        {
            yield return point;
        }

        mm.Memory.State(head).Flags |= entry.IsDirty ? FrameFlags.Dirty : 0;
        if (request.Mode == UnmapMode.Reclaim && IsLazyFree(mm, head) && !CanDiscard(mm, head))
        {
            mm.Memory.State(head).Flags |= FrameFlags.SwapBacked;
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
            result.FallsBack = true;
            yield return AddressSpace.Changed("try_to_unmap_one");
            yield break;
        }

        foreach (var point in mm.InvalidateAt(
            op, site, Placement.UnderLockBeforeSet, address, address + 4096))
        {
            yield return point;
        }

        var replacement = Replacement(mm, entry, frame, request.Mode);
        if (!replacement.IsNone)
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, replacement);
        }

        mm.Memory.State(frame).Flags &= ~FrameFlags.AnonExclusive;
        Rmap.RemovePte(mm.Memory, frame);
        mm.Kernel.Put(op, frame);
        yield return AddressSpace.Changed("try_to_unmap_one");
        foreach (var point in EntryUpdate.AfterSet(mm, op, address, PageTables.PteShift, site))
        {
            yield return point;
        }
    }

    private static bool IsLazyFree(AddressSpace mm, ulong head) =>
        mm.Memory.State(head).Has(FrameFlags.Anonymous) && !mm.Memory.State(head).Has(FrameFlags.SwapBacked);

    /// <summary>Whether a lazily freed page is still clean; from 5.18 on also that nobody else holds it.</summary>
    private static bool CanDiscard(AddressSpace mm, ulong head)
    {
        var isHeld = mm.Memory.State(head).RefCount != 1 + Rmap.TotalMapCount(mm.Memory, head);
        return !mm.Memory.State(head).Has(FrameFlags.Dirty) && !(isHeld && mm.Kernel.Profile.Version >= 518);
    }

    private static PageTableEntry Replacement(
        AddressSpace mm, PageTableEntry entry, ulong frame, UnmapMode mode)
    {
        var head = mm.Memory.HeadOf(frame);
        var isAnon = mm.Memory.State(head).Has(FrameFlags.Anonymous);
        var isExclusive = isAnon && mm.Memory.State(frame).Has(FrameFlags.AnonExclusive);
        if (mode == UnmapMode.Migrate)
        {
            return MigrationEntry.Of(entry, frame, isExclusive);
        }

        if (mode == UnmapMode.Hwpoison && mm.Memory.State(frame).Has(FrameFlags.Hwpoison))
        {
            return PageTableEntry.OfSwap(SwapType.Hwpoison, frame);
        }

        if (!isAnon || IsLazyFree(mm, head))
        {
            return default;
        }

        var slot = mm.Kernel.Swap.SlotOf(frame);
        mm.Kernel.Swap.Get(slot);
        var bits = ((entry.Value & PageTableEntry.SoftDirty) != 0 ? PageTableEntry.SwapSoftDirty : 0)
            | ((entry.Value & PageTableEntry.UffdWp) != 0 ? PageTableEntry.SwapUffdWp : 0)
            | (isExclusive ? PageTableEntry.SwapExclusive : 0);
        return PageTableEntry.OfSwap(SwapType.Swap, slot).With(bits);
    }
}
