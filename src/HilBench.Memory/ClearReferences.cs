using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>clear_refs of procfs: resets accessed bits (1 all, 2 anonymous, 3 files) or soft-dirty bits (4).</summary>
/// <remarks>Models <c>clear_refs_write</c>.</remarks>
internal static class ClearReferences
{
    internal const int SoftDirty = 4;

    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, int value)
    {
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("clear_refs_write");
        }

        yield return AddressSpace.Taken("clear_refs_write");
        var range = mm.Announce(CallSite.SoftDirty, vma: null, 0, ulong.MaxValue, NotifierEvent.SoftDirty);
        if (value == SoftDirty)
        {
            foreach (var vma in mm.VmaList.Items)
            {
                vma.Flags &= ~VmaFlags.SoftDirty;
            }

            foreach (var point in mm.StartRange(op, range))
            {
                yield return point;
            }
        }

        foreach (var vma in mm.VmaList.Items.ToArray())
        {
            // The walk has nothing for hugetlb.
            var isWalked = vma.HugetlbShift == 0;
            if (isWalked && (value is 1 or SoftDirty || (value == 2 && vma.File is null) || (value == 3 && vma.File is not null)))
            {
                foreach (var point in Mapping(mm, op, vma, value == SoftDirty))
                {
                    yield return point;
                }
            }
        }

        if (value == SoftDirty)
        {
            foreach (var point in mm.EndRange(op, range))
            {
                yield return point;
            }

            foreach (var point in mm.FlushCpuTlb(op, CallSite.SoftDirty, 0, ulong.MaxValue))
            {
                yield return point;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("clear_refs_write");
    }

    private static IEnumerable<PreemptionPoint> Mapping(AddressSpace mm, CpuOperation op, Vma vma, bool isSoftDirty)
    {
        for (var at = vma.StartAddress; at < vma.EndAddress;)
        {
            var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out var slot, out var stop);
            var next = Math.Min(vma.EndAddress, UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : stop));
            var entry = mm.Tables.Read(slot);
            var steps = !isFound || entry.IsNone ? []
                : entry.IsHuge ? Huge(mm, op, slot, at, isSoftDirty) : Table(mm, op, at, next, isSoftDirty);
            foreach (var point in steps)
            {
                yield return point;
            }

            at = next;
        }
    }

    private static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, bool isSoftDirty)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("clear_refs_pte_range");
        }

        yield return AddressSpace.Taken("clear_refs_pte_range");
        var entry = mm.Tables.Read(slot);
        if (entry.IsHuge && !isSoftDirty)
        {
            mm.SetEntry(op, slot, PageTables.PmdShift, address, entry.With(0, PageTableEntry.Accessed));
        }
        else if (entry.IsHuge)
        {
            foreach (var point in HugePages.Invalidate(
                mm, op, CallSite.SoftDirty, slot, address & ~(HugePages.Size - 1), entry))
            {
                yield return point;
            }

            mm.SetEntry(op, slot, PageTables.PmdShift, address,
                entry.With(0, PageTableEntry.Writable | PageTableEntry.SoftDirty), keepsFrames: true);
            yield return AddressSpace.Changed("clear_soft_dirty_pmd");
            foreach (var point in mm.InvalidateChanged(op, CallSite.SoftDirty, address, PageTables.PmdShift))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("clear_refs_pte_range");
    }

    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, ulong start, ulong end, bool isSoftDirty)
    {
        mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _);
        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("clear_refs_pte_range");
        }

        yield return AddressSpace.Taken("clear_refs_pte_range");
        for (var at = start; at < end; at += 4096)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
            var entry = mm.Tables.Read(slot);
            var clear = !isSoftDirty ? PageTableEntry.Accessed
                : entry.IsMapped ? PageTableEntry.Writable | PageTableEntry.SoftDirty : PageTableEntry.SwapSoftDirty;
            var hasBit = isSoftDirty ? !entry.IsNone : entry.IsMapped && !entry.IsSpecial;
            if (hasBit && entry.With(0, clear) != entry)
            {
                mm.SetEntry(op, slot, PageTables.PteShift, at, entry.With(0, clear));
                yield return AddressSpace.Changed("clear_refs_pte_range");
                foreach (var point in isSoftDirty
                    ? mm.InvalidateChanged(op, CallSite.SoftDirty, at, PageTables.PteShift) : [])
                {
                    yield return point;
                }
            }
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Dropped("clear_refs_pte_range");
    }
}
