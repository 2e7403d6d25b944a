using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Page tables that shared hugetlb mappings of 1 GiB and more have in common.</summary>
/// <remarks>
/// Models <c>huge_pmd_share</c>, <c>huge_pmd_unshare</c> and <c>adjust_range_if_pmd_sharing_possible</c>. Whoever changes
/// entries of such a table first drops it out of its own tables: everything in that 1 GiB changes for the process.
/// </remarks>
internal static class HugetlbSharing
{
    private const int WidensSince = 419;
    private const int UnsharesAllSince = 513;
    internal const ulong Span = 1UL << PageTables.PudShift;

    /// <summary>A fault takes the table of another mapping of the same part of the file, if there is one.</summary>
    public static IEnumerable<PreemptionPoint> Share(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        if (!IsShareable(vma, address) || !mm.TryMakeTables(op, address, PageTables.PudShift, out var slot)
            || !mm.Tables.Read(slot).IsNone)
        {
            yield break;
        }

        while (!mm.Kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("i_mmap_lock_read");
        }

        if (TryFindTable(vma, address, out var table))
        {
            mm.Kernel.Get(table);
            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("huge_pmd_share");
            }

            if (mm.Tables.Read(slot).IsNone)
            {
                mm.SetEntry(op, slot, PageTables.PudShift, address, AddressSpace.TableEntry(table));
                yield return AddressSpace.Changed("huge_pmd_share");
            }
            else
            {
                mm.Kernel.Put(op, table);
            }

            mm.UnlockTable(op, slot);
        }

        mm.Kernel.LeaveRmap(op);
        yield return AddressSpace.Dropped("huge_pmd_share");
    }

    /// <summary>
    /// Widens a range to all that an unshare could take away: whole gigabytes as far as the mapping has them.
    /// </summary>
    public static void Widen(Vma vma, ref ulong start, ref ulong end)
    {
        var (low, high) = ((vma.StartAddress + Span - 1) & ~(Span - 1), vma.EndAddress & ~(Span - 1));
        if (vma.HugetlbShift == 0 || !vma.IsShared || vma.Mm.Kernel.Profile.Version < WidensSince || high <= low
            || end <= low || start >= high)
        {
            return;
        }

        start = start > low ? start & ~(Span - 1) : start;
        end = end < high ? (end + Span - 1) & ~(Span - 1) : end;
    }

    /// <summary>Whether the table that has the entry of an address belongs to others too.</summary>
    public static bool IsShared(AddressSpace mm, Vma vma, ulong address, out ulong slot)
    {
        slot = 0;
        if (vma.HugetlbShift != PageTables.PmdShift || !mm.Tables.TryFind(address, PageTables.PudShift, out slot, out _))
        {
            return false;
        }

        var entry = mm.Tables.Read(slot);
        return entry.IsPresent && !entry.IsHuge && mm.Memory.State(TableOf(entry)).RefCount > 1;
    }

    /// <summary>Drops a shared table out of the process's own; whoever calls flushes the TLBs.</summary>
    /// <remarks>Models <c>huge_pmd_unshare</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Unshare(AddressSpace mm, CpuOperation op, ulong slot, ulong address)
    {
        foreach (var point in Drop(mm, op, slot, address))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
    }

    /// <summary>Takes the page-table lock, drops the table, and keeps the lock.</summary>
    private static IEnumerable<PreemptionPoint> Drop(AddressSpace mm, CpuOperation op, ulong slot, ulong address)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("huge_pmd_unshare");
        }

        yield return AddressSpace.Taken("huge_pmd_unshare");
        var table = TableOf(mm.Tables.Read(slot));
        mm.SetEntry(op, slot, PageTables.PudShift, address, default);
        mm.Kernel.Put(op, table);
        yield return AddressSpace.Changed("huge_pmd_unshare");
    }

    /// <summary>
    /// The reverse map drops the table instead of the entry: flushed, and told to the secondary TLBs, at once.
    /// </summary>
    /// <remarks>Models <c>try_to_migrate_one</c> and <c>try_to_unmap_one</c> for hugetlb.</remarks>
    public static IEnumerable<PreemptionPoint> UnshareMapped(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, NotifierRange range)
    {
        foreach (var point in Drop(mm, op, slot, address))
        {
            yield return point;
        }

        var (start, end) = (range.Start.Value, range.End.Value);
        foreach (var point in mm.FlushCpuTlb(op, CallSite.PmdUnshare, start, end, PageTables.PmdShift))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(op, CallSite.PmdUnshare, Placement.UnderLockBeforeSet, start, end))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("huge_pmd_unshare");
    }

    /// <summary>A mapping that may share no table any more drops all that it has.</summary>
    /// <remarks>Models <c>hugetlb_unshare_all_pmds</c> (5.13).</remarks>
    public static IEnumerable<PreemptionPoint> UnshareAll(AddressSpace mm, CpuOperation op, Vma vma)
    {
        var (low, high) = ((vma.StartAddress + Span - 1) & ~(Span - 1), vma.EndAddress & ~(Span - 1));
        if (vma.HugetlbShift == 0 || !vma.IsShared || mm.Kernel.Profile.Version < UnsharesAllSince || high <= low)
        {
            yield break;
        }

        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("hugetlb_unshare_pmds");
        }

        yield return AddressSpace.Taken("hugetlb_unshare_pmds");
        var range = mm.Announce(CallSite.PmdUnshare, vma, low, high, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        for (var at = low; at < high; at += Span)
        {
            foreach (var point in IsShared(mm, vma, at, out var slot) ? Unshare(mm, op, slot, at) : [])
            {
                yield return point;
            }
        }

        foreach (var point in mm.FlushCpuTlb(op, CallSite.PmdUnshare, low, high, vma.HugetlbShift))
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("hugetlb_unshare_pmds");
    }

    private static ulong TableOf(PageTableEntry entry) => (entry.Value & PageTableEntry.FrameMask) >> 12;

    /// <remarks>Models <c>vma_shareable</c> and <c>want_pmd_share</c>.</remarks>
    private static bool IsShareable(Vma vma, ulong address)
    {
        var low = address & ~(Span - 1);
        return vma is { IsShared: true, HugetlbShift: PageTables.PmdShift, File: not null } && !vma.Has(UserFaults.All)
            && low >= vma.StartAddress && low + Span <= vma.EndAddress;
    }

    /// <remarks>Models <c>page_table_shareable</c>.</remarks>
    private static bool TryFindTable(Vma vma, ulong address, out ulong table)
    {
        const VmaFlags ignored = VmaFlags.Locked | VmaFlags.LockOnFault | VmaFlags.SoftDirty;
        var index = vma.IndexOf(address);
        table = 0;
        foreach (var other in vma.File!.Vmas.OrderBy(other => other.PageOffset))
        {
            var its = other.StartAddress + ((index - other.PageOffset) << 12);
            var isAlike = other != vma && index >= other.PageOffset && its < other.EndAddress
                && (its & (Span - 1)) == (address & (Span - 1)) && other.Protection == vma.Protection
                && (other.Flags & ~ignored) == (vma.Flags & ~ignored) && IsShareable(other, its);
            if (isAlike && other.Mm.Tables.TryFind(its, PageTables.PudShift, out var slot, out _)
                && other.Mm.Tables.Read(slot) is { IsPresent: true, IsHuge: false } entry)
            {
                table = TableOf(entry);
                return true;
            }
        }

        return false;
    }
}
