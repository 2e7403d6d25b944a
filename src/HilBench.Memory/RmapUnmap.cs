using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Removes every mapping of a page: for migration, for a split, for reclaim.</summary>
/// <remarks>Models <c>try_to_migrate_one</c> and <c>try_to_unmap_one</c>.</remarks>
internal static class RmapUnmap
{
    /// <summary>One mapping. The page is locked and carries a reference of the caller.</summary>
    public static IEnumerable<PreemptionPoint> One(
        CpuOperation op, Vma vma, ulong head, ulong start, ulong end, UnmapMode mode, bool splitsHuge)
    {
        var mm = vma.Mm;
        var splitsInside = mode == UnmapMode.Reclaim && mm.Kernel.Profile.Version >= 610;
        if (splitsHuge && !splitsInside && mm.Tables.TryFind(start, PageTables.PmdShift, out _, out _))
        {
            foreach (var point in HugePages.Split(
                mm, op, vma, start, freezes: mode == UnmapMode.Migrate, onlyFrame: head))
            {
                yield return point;
            }
        }

        var site = SiteOf(mm, head, mode);
        var (from, to) = (start, end);
        HugetlbSharing.Widen(vma, ref from, ref to);
        var range = mm.Announce(site, vma, from, to, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        if (splitsHuge && splitsInside)
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
            : isHuge ? HugeEntry(mm, op, pmd, start, site) : Entries(mm, op, head, start, end, mode, site);
        foreach (var point in steps)
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    private static CallSite SiteOf(AddressSpace mm, ulong head, UnmapMode mode) =>
        mode == UnmapMode.Migrate ? CallSite.MigrateUnmap
            : mm.Memory.State(head).Has(FrameFlags.Anonymous) ? CallSite.ReclaimAnon : CallSite.ReclaimFile;

    /// <remarks>Models <c>set_pmd_migration_entry</c>.</remarks>
    private static IEnumerable<PreemptionPoint> HugeEntry(
        AddressSpace mm, CpuOperation op, ulong pmd, ulong address, CallSite site)
    {
        while (!mm.TryLockTable(op, pmd))
        {
            yield return AddressSpace.Waiting("set_pmd_migration_entry");
        }

        yield return AddressSpace.Taken("set_pmd_migration_entry");
        var entry = mm.Tables.Read(pmd);
        if (entry.IsHuge)
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
            mm.SetEntry(op, pmd, PageTables.PmdShift, address, MigrationEntry.Of(entry, entry.Frame, isExclusive));
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
        AddressSpace mm, CpuOperation op, ulong head, ulong start, ulong end, UnmapMode mode,
        CallSite site)
    {
        for (var at = start; at < end;)
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
            for (; at < next; at += 4096)
            {
                if (TryFindEntry(mm, head, at, out var slot, out var entry))
                {
                    foreach (var point in Entry(mm, op, slot, at, entry, mode, site))
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

    private static IEnumerable<PreemptionPoint> Entry(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, PageTableEntry entry, UnmapMode mode,
        CallSite site)
    {
        var frame = entry.Frame;
        var isAnon = mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.Anonymous);
        foreach (var point in ClearFlush(mm, op, slot, address, site))
        {
            yield return point;
        }

        if (entry.IsDirty)
        {
            mm.Memory.State(mm.Memory.HeadOf(frame)).Flags |= FrameFlags.Dirty;
        }

        if (mode == UnmapMode.Reclaim && isAnon && IsLazyFree(mm, frame)
            && mm.Memory.State(frame).Has(FrameFlags.Dirty))
        {
            mm.Memory.State(frame).Flags |= FrameFlags.SwapBacked;
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
            yield break;
        }

        var replacement = Replacement(mm, entry, frame, mode, isAnon);
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

    private static bool IsLazyFree(AddressSpace mm, ulong frame) =>
        !mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.SwapBacked);

    private static PageTableEntry Replacement(
        AddressSpace mm, PageTableEntry entry, ulong frame, UnmapMode mode, bool isAnon)
    {
        var isExclusive = isAnon && mm.Memory.State(frame).Has(FrameFlags.AnonExclusive);
        if (mode == UnmapMode.Migrate)
        {
            return MigrationEntry.Of(entry, frame, isExclusive);
        }

        if (!isAnon || IsLazyFree(mm, frame))
        {
            return default;
        }

        var slot = mm.Kernel.SwapSlotOf(frame);
        mm.Kernel.Swap.Get(slot);
        var bits = ((entry.Value & PageTableEntry.SoftDirty) != 0 ? PageTableEntry.SwapSoftDirty : 0)
            | ((entry.Value & PageTableEntry.UffdWp) != 0 ? PageTableEntry.SwapUffdWp : 0)
            | (isExclusive ? PageTableEntry.SwapExclusive : 0);
        return PageTableEntry.OfSwap(SwapType.Swap, slot).With(bits);
    }

    /// <summary>
    /// Clear and flush; with several CPUs from 6.6 on the flush is batched and counts for the whole mm.
    /// </summary>
    private static IEnumerable<PreemptionPoint> ClearFlush(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, CallSite site)
    {
        if (!mm.Kernel.DefersFlush(mm) || !mm.Tables.Read(slot).IsPresent)
        {
            return EntryUpdate.ClearFlushNotify(mm, op, slot, address, site);
        }

        return EntryUpdate.ClearFlushLater(mm, op, slot, address, site);
    }
}
