using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>mprotect.</summary>
/// <remarks>Models <c>do_mprotect_pkey</c>, <c>mprotect_fixup</c> and <c>change_protection</c>.</remarks>
internal static class ChangeProtection
{
    internal const int RangeAtPudSince = 611;
    private const int ReleasesChargeSince = 607;

    /// <summary>Before, the CPU TLB is flushed for the whole request in each mapping (5.19).</summary>
    internal const int GathersSince = 601;

    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, VirtualRange range, Protection protection)
    {
        var (start, end) = (range.Start.Value, AddressSpace.PageEnd(range));
        if (start % 4096 != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("mmap_write_lock");
        }

        yield return AddressSpace.Taken("mmap_write_lock");
        var gather = new MmuGather(mm, op, CallSite.Mprotect);
        mm.PendingFlushes++;
        var at = start;
        while (at < end && op.Errno == 0)
        {
            var vma = mm.VmaList.Find(at);
            if (vma is null)
            {
                op.Errno = ErrorNumber.NoMemory;
                break;
            }

            var stop = Math.Min(end, vma.EndAddress);
            foreach (var point in Part(mm, op, gather, vma, at, stop, protection))
            {
                yield return point;
            }

            at = stop;
        }

        foreach (var point in gather.Flush())
        {
            yield return point;
        }

        mm.PendingFlushes--;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mmap_write_unlock");
    }

    private static IEnumerable<PreemptionPoint> Part(
        AddressSpace mm, CpuOperation op, MmuGather gather, Vma vma, ulong start, ulong end, Protection protection)
    {
        if (vma.Protection == protection)
        {
            yield break;
        }

        var isLockedReadOnly = (vma.Protection & Protection.Write) == 0 && vma.IsCow && vma.Has(VmaFlags.Locked);
        var flags = AccountedFlags(vma, protection);
        foreach (var point in VmaChange.Modify(mm, op, vma, start, end, protection, flags))
        {
            yield return point;
        }

        if (op.Errno != 0)
        {
            yield break;
        }

        vma = mm.VmaList.Find(start)!;
        var steps = vma.HugetlbShift != 0
            ? HugetlbRange.Protect(mm, op, vma, start, end, new PageProtection())
            : Range(mm, op, gather, vma, start, end, new PageProtection());
        foreach (var point in steps)
        {
            yield return point;
        }

        foreach (var point in FlushOfOld(mm, gather, start, end))
        {
            yield return point;
        }

        // What is locked and private is copied now, not at the first store.
        if (isLockedReadOnly && (protection & Protection.Write) != 0 && !vma.Has(VmaFlags.LockOnFault))
        {
            foreach (var point in MemoryAccess.FaultIn(
                mm, op, new(new(start), new(end)), forWrite: true, holdsLock: true))
            {
                yield return point;
            }

            op.Raise(Signal.None, 0);
        }
    }

    /// <summary>
    /// The flags of a mapping with another protection: private memory that becomes writable is charged; from 6.7 on it is
    /// no longer charged when it becomes read-only before its first page.
    /// </summary>
    /// <remarks>Models <c>mprotect_fixup</c>.</remarks>
    private static VmaFlags AccountedFlags(Vma vma, Protection protection)
    {
        if ((protection & Protection.Write) != 0)
        {
            var isCharged = vma.IsShared || vma.HugetlbShift != 0 || (vma.Protection & Protection.Write) != 0;
            return isCharged ? vma.Flags : vma.Flags | VmaFlags.Account;
        }

        var isReleased = vma.Mm.Kernel.Profile.Version >= ReleasesChargeSince && vma is { File: null, AnonVma: null };
        return isReleased ? vma.Flags & ~VmaFlags.Account : vma.Flags;
    }

    /// <summary>The flush of kernels without a gather here: after range_end, for all that was asked for.</summary>
    internal static IEnumerable<PreemptionPoint> FlushOfOld(AddressSpace mm, MmuGather gather, ulong start, ulong end)
    {
        if (mm.Kernel.Profile.Version >= GathersSince)
        {
            return [];
        }

        gather.Cover(start, end);
        return gather.FlushTlbOnly();
    }

    /// <summary>Changes the entries of a range within one mapping to its page protection.</summary>
    /// <remarks>
    /// Models <c>change_pud_range</c> and <c>change_pmd_range</c>: one start/end pair for each table above.
    /// </remarks>
    internal static IEnumerable<PreemptionPoint> Range(
        AddressSpace mm, CpuOperation op, MmuGather gather, Vma vma, ulong start, ulong end, PageProtection change)
    {
        var groupShift = mm.Kernel.Profile.Version >= RangeAtPudSince ? PageTables.P4dShift : PageTables.PudShift;
        for (var group = start; group < end;)
        {
            var groupEnd = Math.Min(end, UnmapPages.NextBoundary(group, groupShift));
            NotifierRange? range = null;
            for (var at = group; at < groupEnd;)
            {
                if (change.NeedsTables(vma))
                {
                    // Fails where a huge page is mapped already, which is then changed as it is.
                    mm.TryMakeTables(op, at, PageTables.PteShift, out _);
                }

                var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out var slot, out var stop);
                var next = Math.Min(groupEnd, UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : stop));
                var isPopulated = isFound && !mm.Tables.Read(slot).IsNone;
                var isAnnounced = groupShift == PageTables.PudShift ? isPopulated : isFound;
                if (isAnnounced && range is null)
                {
                    range = mm.Announce(CallSite.Mprotect, vma, at, groupEnd, NotifierEvent.ProtectionVma);
                    foreach (var point in mm.StartRange(op, range.Value))
                    {
                        yield return point;
                    }
                }

                if (isPopulated)
                {
                    foreach (var point in Table(mm, op, gather, vma, slot, at, next, change))
                    {
                        yield return point;
                    }
                }

                at = next;
            }

            if (range is { } open)
            {
                foreach (var point in mm.EndRange(op, open))
                {
                    yield return point;
                }
            }

            group = groupEnd;
        }
    }

    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, MmuGather gather, Vma vma, ulong slot, ulong start, ulong end,
            PageProtection change)
    {
        if (mm.Tables.Read(slot).IsHuge)
        {
            if (end - start == HugePages.Size)
            {
                foreach (var point in Huge(mm, op, gather, vma, slot, start, change))
                {
                    yield return point;
                }

                yield break;
            }

            foreach (var point in HugePages.Split(mm, op, vma, start))
            {
                yield return point;
            }
        }

        if (!mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _))
        {
            yield break;
        }

        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("change_pte_range");
        }

        yield return AddressSpace.Taken("change_pte_range");
        foreach (var point in mm.FlushBatched(op, CallSite.Mprotect))
        {
            yield return point;
        }

        for (var at = start; at < end; at += 4096)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out var pte, out _);
            var entry = mm.Tables.Read(pte);
            var changed = change.Apply(mm, vma, entry);
            if (changed != entry)
            {
                mm.SetEntry(op, pte, PageTables.PteShift, at, changed);
                if (NeedsFlush(entry, changed))
                {
                    gather.Track(at, PageTables.PteShift);
                }

                yield return AddressSpace.Changed("change_pte_range");
                foreach (var point in mm.InvalidateChanged(op, CallSite.Mprotect, at, PageTables.PteShift))
                {
                    yield return point;
                }
            }
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Dropped("change_pte_range");
    }

    /// <remarks>Models <c>change_huge_pmd</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, MmuGather gather, Vma vma, ulong slot, ulong address, PageProtection change)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("change_huge_pmd");
        }

        yield return AddressSpace.Taken("change_huge_pmd");
        var entry = mm.Tables.Read(slot);
        if (entry.IsHuge)
        {
            var changed = change.Apply(mm, vma, entry);
            mm.SetEntry(op, slot, PageTables.PmdShift, address, changed);
            if (NeedsFlush(entry, changed))
            {
                gather.Track(address, PageTables.PmdShift);
            }

            yield return AddressSpace.Changed("change_huge_pmd");
            foreach (var point in mm.InvalidateChanged(op, CallSite.Mprotect, address, PageTables.PmdShift))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("change_huge_pmd");
    }

    /// <summary>Whether a CPU TLB could hold something that is wrong now (pte_needs_flush of x86).</summary>
    internal static bool NeedsFlush(PageTableEntry old, PageTableEntry now)
    {
        const ulong onClear = PageTableEntry.Dirty | PageTableEntry.Present;
        const ulong onChange = PageTableEntry.Writable | PageTableEntry.User | PageTableEntry.PageSize
            | PageTableEntry.ProtNone | PageTableEntry.NoExecute;
        if (!old.IsPresent)
        {
            return false;
        }

        var difference = old.Value ^ now.Value;
        return (difference & old.Value & onClear) != 0 || (difference & onChange) != 0 || old.Frame != now.Frame;
    }
}
