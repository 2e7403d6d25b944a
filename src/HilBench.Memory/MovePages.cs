using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Moves page-table entries from one range to another within an mm.</summary>
/// <remarks>
/// Models <c>move_page_tables</c>: whole tables and huge pages where both sides are aligned, entries otherwise.
/// </remarks>
internal static class MovePages
{
    /// <summary>Before, the CPU TLB is flushed when all is moved, after the page-table locks (4.20).</summary>
    internal const int FlushesUnderLockSince = 500;

    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, Vma vma, Vma target, ulong from, ulong to, ulong size)
    {
        var (first, end) = (from, from + size);
        var isLate = mm.Kernel.Profile.Version < FlushesUnderLockSince;
        var late = isLate ? new StepResult() : null;
        var range = mm.Announce(CallSite.Mremap, vma, from, end, NotifierEvent.Unmap);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.Kernel.TryEnterRmap(op, write: true))
        {
            yield return AddressSpace.Waiting("take_rmap_locks");
        }

        while (from < end)
        {
            var extent = Math.Min(end - from, Math.Min(Rest(from), Rest(to)));
            foreach (var point in Extent(mm, op, vma, target, from, to, extent, late))
            {
                yield return point;
            }

            from += extent;
            to += extent;
        }

        mm.Kernel.LeaveRmap(op);
        yield return AddressSpace.Dropped("drop_rmap_locks");
        foreach (var point in late?.MustFlush == true ? mm.FlushCpuTlb(op, CallSite.Mremap, first, end) : [])
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    private static ulong Rest(ulong address) => HugePages.Size - (address & (HugePages.Size - 1));

    private static IEnumerable<PreemptionPoint> Extent(
        AddressSpace mm, CpuOperation op, Vma vma, Vma target, ulong from, ulong to, ulong extent,
        StepResult? late)
    {
        if (!mm.Tables.TryFind(from, PageTables.PmdShift, out var old, out _) || mm.Tables.Read(old).IsNone)
        {
            yield break;
        }

        if (!mm.TryMakeTables(op, to, PageTables.PmdShift, out var slot))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        var isWhole = extent == HugePages.Size && mm.Tables.Read(slot).IsNone;
        if (isWhole)
        {
            foreach (var point in Table(mm, op, old, slot, from, to, late))
            {
                yield return point;
            }

            yield break;
        }

        if (mm.Tables.Read(old).IsHuge)
        {
            foreach (var point in HugePages.Split(mm, op, vma, from))
            {
                yield return point;
            }
        }

        foreach (var point in Entries(mm, op, target, from, to, extent, late))
        {
            yield return point;
        }
    }

    /// <remarks>Models <c>move_huge_pmd</c> and <c>move_normal_pmd</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Table(
        AddressSpace mm, CpuOperation op, ulong old, ulong slot, ulong from, ulong to,
        StepResult? late)
    {
        while (!mm.TryLockTable(op, old))
        {
            yield return AddressSpace.Waiting("move_pgt_entry");
        }

        var isSameTable = old >> 12 == slot >> 12;
        while (!isSameTable && !mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("move_pgt_entry");
        }

        yield return AddressSpace.Taken("move_pgt_entry");
        var entry = mm.Tables.Read(old);
        mm.SetEntry(op, old, PageTables.PmdShift, from, default);
        if (entry.IsHuge)
        {
            if (HugePages.KeepsTable(mm, entry.Frame))
            {
                HugePages.DepositTable(mm, slot, mm.Deposits[old >> 12].Pop());
            }

            entry = entry.With(PageTableEntry.SoftDirty);
        }

        yield return AddressSpace.Changed("move_pgt_entry");
        mm.SetEntry(op, slot, PageTables.PmdShift, to, entry);
        yield return AddressSpace.Changed("move_pgt_entry");
        late?.MustFlush = true;
        foreach (var point in late is null
            ? mm.FlushCpuTlb(op, CallSite.Mremap, from, from + HugePages.Size) : [])
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateChanged(op, CallSite.Mremap, from, PageTables.PmdShift))
        {
            yield return point;
        }

        if (!isSameTable)
        {
            mm.UnlockTable(op, slot);
        }

        mm.UnlockTable(op, old);
        yield return AddressSpace.Dropped("move_pgt_entry");
    }

    /// <remarks>Models <c>move_ptes</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Entries(
        AddressSpace mm, CpuOperation op, Vma target, ulong from, ulong to, ulong extent,
        StepResult? late)
    {
        if (!mm.Tables.TryFind(from, PageTables.PteShift, out var old, out _))
        {
            yield break;
        }

        if (!mm.TryMakeTables(op, to, PageTables.PteShift, out var slot))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        while (!mm.TryLockTable(op, old))
        {
            yield return AddressSpace.Waiting("move_ptes");
        }

        var isSameTable = old >> 12 == slot >> 12;
        while (!isSameTable && !mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("move_ptes");
        }

        yield return AddressSpace.Taken("move_ptes");
        foreach (var point in mm.FlushBatched(op, CallSite.Mremap))
        {
            yield return point;
        }

        var mustFlush = false;
        for (var offset = 0UL; offset < extent; offset += 4096)
        {
            mm.Tables.TryFind(from + offset, PageTables.PteShift, out var pte, out _);
            var entry = mm.Tables.Read(pte);
            if (entry.IsNone)
            {
                continue;
            }

            mm.SetEntry(op, pte, PageTables.PteShift, from + offset, default);
            yield return AddressSpace.Changed("move_ptes");
            mustFlush |= entry.IsMapped;
            mm.Tables.TryFind(to + offset, PageTables.PteShift, out var newPte, out _);
            var bit = entry.IsMapped ? PageTableEntry.SoftDirty : PageTableEntry.SwapSoftDirty;
            mm.SetEntry(op, newPte, PageTables.PteShift, to + offset, entry.With(bit));
            Invariants(target, to + offset);
            foreach (var point in entry.IsMapped
                ? mm.InvalidateChanged(op, CallSite.Mremap, from + offset, PageTables.PteShift) : [])
            {
                yield return point;
            }
        }

        late?.MustFlush |= mustFlush;
        if (mustFlush && late is null)
        {
            foreach (var point in mm.FlushCpuTlb(op, CallSite.Mremap, from, from + extent))
            {
                yield return point;
            }
        }

        if (!isSameTable)
        {
            mm.UnlockTable(op, slot);
        }

        mm.UnlockTable(op, old);
        yield return AddressSpace.Dropped("move_ptes");
    }

    private static void Invariants(
        Vma target, ulong address) => Journal.Invariant.Holds(target.Range.Contains(new(address)));
}
