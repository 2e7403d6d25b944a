using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Removes the pages of a range from the page tables into a gather.</summary>
internal static class UnmapPages
{
    /// <summary>All mappings of an unmap under one range (unmap_vmas).</summary>
    public static IEnumerable<PreemptionPoint> Vmas(
        AddressSpace mm, CpuOperation op, MmuGather gather, List<Vma> vmas, ulong start, ulong end,
            NotifierEvent reason)
    {
        var range = mm.Announce(gather.Site, vmas[0], start, end, reason);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        foreach (var vma in vmas)
        {
            foreach (var point in Part(mm, op, gather, vma, Math.Max(start, vma.StartAddress), Math.Min(end,
                vma.EndAddress)))
            {
                yield return point;
            }
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    /// <summary>One mapping; before 6.6 hugetlb announces its part once more.</summary>
    /// <remarks>Models <c>unmap_single_vma</c> with <c>__unmap_hugepage_range</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Part(
        AddressSpace mm, CpuOperation op, MmuGather gather, Vma vma, ulong start, ulong end,
            bool keepsAnonymous = false)
    {
        var (from, to) = (start, end);
        HugetlbSharing.Widen(vma, ref from, ref to);
        var isAnnounced = vma.HugetlbShift != 0 && (!mm.Kernel.Profile.CpuFlushInvalidatesSecondaryTlb
            || mm.Kernel.Profile[CallSite.HugetlbUnmap].HasFlag(Placement.AtEnd));
        var outer = gather.Site;
        gather.Site = vma.HugetlbShift != 0 && outer != CallSite.ExitMmap ? CallSite.HugetlbUnmap : outer;
        var range = mm.Announce(CallSite.HugetlbUnmap, vma, from, to, NotifierEvent.Unmap);
        foreach (var point in isAnnounced ? mm.StartRange(op, range) : [])
        {
            yield return point;
        }

        foreach (var point in Range(mm, op, gather, vma, start, end, keepsAnonymous))
        {
            yield return point;
        }

        foreach (var point in isAnnounced ? mm.EndRange(op, range) : [])
        {
            yield return point;
        }

        gather.Site = outer;
    }

    /// <summary>One part of one mapping (unmap_page_range).</summary>
    public static IEnumerable<PreemptionPoint> Range(
        AddressSpace mm, CpuOperation op, MmuGather gather, Vma vma, ulong start, ulong end,
            bool keepsAnonymous = false)
    {
        var hasUnshared = false;
        for (var address = start; address < end;)
        {
            if (HugetlbSharing.IsShared(mm, vma, address, out var pud))
            {
                foreach (var point in HugetlbSharing.Unshare(mm, op, pud, address))
                {
                    yield return point;
                }

                gather.Track(address & ~((1UL << PageTables.PudShift) - 1), 1UL << PageTables.PudShift,
                    PageTables.PmdShift);
                hasUnshared = true;
                address = NextBoundary(address, PageTables.PudShift);
                continue;
            }

            if (!mm.Tables.TryFind(address, PageTables.PmdShift, out var slot, out var stop))
            {
                if (mm.Tables.Read(slot).IsHuge || stop == vma.HugetlbShift)
                {
                    foreach (var point in Huge(mm, op, gather, slot, address, stop))
                    {
                        yield return point;
                    }
                }

                address = NextBoundary(address, stop);
                continue;
            }

            var next = Math.Min(end, NextBoundary(address, PageTables.PmdShift));
            // Of hugetlb only the lock tells: while a page is unmapped to be moved, its entry is empty for a moment.
            if (mm.Tables.Read(slot) is { IsHuge: true } or { IsSwap: true } || vma.HugetlbShift == PageTables.PmdShift)
            {
                if (next - address == 1UL << PageTables.PmdShift)
                {
                    foreach (var point in Huge(mm, op, gather, slot, address, PageTables.PmdShift))
                    {
                        yield return point;
                    }

                    address = next;
                    continue;
                }

                foreach (var point in HugePages.Split(mm, op, vma, address))
                {
                    yield return point;
                }
            }

            if (mm.Tables.Read(slot).IsPresent)
            {
                foreach (var point in Table(mm, op, gather, address, next, keepsAnonymous))
                {
                    yield return point;
                }
            }

            address = next;
        }

        foreach (var point in hasUnshared ? gather.FlushTlbOnly() : [])
        {
            yield return point;
        }
    }

    internal static ulong NextBoundary(ulong address, int shift) => (address | ((1UL << shift) - 1)) + 1;

    /// <remarks>Models <c>zap_pte_range</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong start, ulong end, bool keepsAnonymous)
    {
        var address = start;
        while (address < end)
        {
            if (!mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _))
            {
                yield break;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("zap_pte_range");
            }

            yield return AddressSpace.Taken("zap_pte_range");
            foreach (var point in mm.FlushBatched(op, CallSite.Munmap))
            {
                yield return point;
            }

            var mustFlush = false;
            for (; address < end; address += 4096)
            {
                mm.Tables.TryFind(address, PageTables.PteShift, out var pte, out _);
                if (keepsAnonymous && IsAnonymous(mm, pte))
                {
                    continue;
                }

                var zapped = ZapEntry(mm, op, gather, pte, address);
                if (zapped == Zapped.Nothing)
                {
                    continue;
                }

                yield return AddressSpace.Changed("zap_pte_range");
                foreach (var point in mm.InvalidateChanged(op, gather.Site, address, PageTables.PteShift))
                {
                    yield return point;
                }

                mustFlush |= zapped != Zapped.Removed;
                if (zapped == Zapped.BatchIsFull)
                {
                    address += 4096;
                    break;
                }
            }

            if (mustFlush)
            {
                foreach (var point in gather.FlushTlbOnly())
                {
                    yield return point;
                }
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("zap_pte_range");
            if (mustFlush)
            {
                foreach (var point in gather.Flush())
                {
                    yield return point;
                }
            }
        }
    }

    private static bool IsAnonymous(AddressSpace mm, ulong slot)
    {
        var entry = mm.Tables.Read(slot);
        return entry.IsSwap || (entry.IsMapped && !entry.IsSpecial
            && mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Anonymous));
    }

    private static Zapped ZapEntry(AddressSpace mm, CpuOperation op, MmuGather gather, ulong slot, ulong address)
    {
        var entry = mm.Tables.Read(slot);
        if (entry.IsNone)
        {
            return Zapped.Nothing;
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, default);
        if (!entry.IsMapped)
        {
            if (entry.SwapType == SwapType.Swap)
            {
                mm.Kernel.Swap.PutAndTrim(op, entry.SwapOffset);
            }
            else if (DeviceExclusive.Is(entry))
            {
                DeviceExclusive.Drop(mm, op, entry);
            }

            return Zapped.Removed;
        }

        gather.Track(address, PageTables.PteShift);
        var frame = entry.Frame;
        if (entry.IsSpecial)
        {
            return Zapped.Removed;
        }

        ref var page = ref mm.Memory.State(mm.Memory.HeadOf(frame));
        var isDirtyFile = !page.Has(FrameFlags.Anonymous) && entry.IsDirty;
        page.Flags |= isDirtyFile ? FrameFlags.Dirty : 0;
        Rmap.RemovePte(mm.Memory, frame);
        var isFull = gather.Add(frame);
        return isFull ? Zapped.BatchIsFull : isDirtyFile ? Zapped.DirtyShared : Zapped.Removed;
    }

    /// <remarks>Models <c>zap_huge_pmd</c> and the loop of <c>__unmap_hugepage_range</c>; 1 GiB leaves likewise.</remarks>
    private static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong slot, ulong address, int shift)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("zap_huge_pmd");
        }

        yield return AddressSpace.Taken("zap_huge_pmd");
        var entry = mm.Tables.Read(slot);
        if (entry.IsHuge)
        {
            mm.SetEntry(op, slot, shift, address, default);
            gather.Track(address, shift);
            var frame = entry.Frame;
            if (!mm.Memory.State(frame).Has(FrameFlags.Zero))
            {
                mm.Memory.State(frame).EntireMapCount--;
                gather.Add(frame);
            }

            if (shift == PageTables.PmdShift && !mm.Memory.State(frame).Has(FrameFlags.Hugetlb)
                && HugePages.KeepsTable(mm, frame))
            {
                HugePages.WithdrawTable(mm, op, slot);
            }

            yield return AddressSpace.Changed("zap_huge_pmd");
            foreach (var point in mm.InvalidateChanged(op, gather.Site, address, shift))
            {
                yield return point;
            }
        }
        else if (entry.IsSwap)
        {
            // A page on the way elsewhere, or a poisoned one: it is not mapped here any more.
            mm.SetEntry(op, slot, shift, address, default);
            if (MigrationEntry.IsMigration(entry) && !mm.Memory.State(MigrationEntry.FrameOf(entry)).Has(FrameFlags.Hugetlb)
                && HugePages.KeepsTable(mm, MigrationEntry.FrameOf(entry)))
            {
                HugePages.WithdrawTable(mm, op, slot);
            }

            yield return AddressSpace.Changed("zap_huge_pmd");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("zap_huge_pmd");
    }

    private enum Zapped
    {
        Nothing,
        Removed,
        DirtyShared,
        BatchIsFull,
    }
}
