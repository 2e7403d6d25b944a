using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// The steps of which replacing one base-page entry is made, with the secondary TLB where the profile has it.
/// </summary>
internal static class EntryUpdate
{
    /// <summary>Clears an entry, flushes the CPU TLBs, and where the site says so the secondary ones.</summary>
    /// <remarks>
    /// Models <c>ptep_clear_flush_notify</c>, and <c>ptep_clear_flush</c> where the site does not notify.
    /// </remarks>
    public static IEnumerable<PreemptionPoint> ClearFlushNotify(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, CallSite site)
    {
        foreach (var point in ClearFlush(mm, op, slot, address, site))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(op, site, Placement.UnderLockBeforeSet, address, address + 4096))
        {
            yield return point;
        }
    }

    /// <summary>Clears an entry and flushes the CPU TLBs.</summary>
    /// <remarks>Models <c>ptep_clear_flush</c>.</remarks>
    public static IEnumerable<PreemptionPoint> ClearFlush(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, CallSite site)
    {
        var entry = mm.Tables.Read(slot);
        foreach (var point in mm.InvalidateEarly(op, site, address, address + 4096))
        {
            yield return point;
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, default);
        yield return AddressSpace.Changed("ptep_clear_flush");
        foreach (var point in mm.IsAccessible(entry) ? mm.FlushCpuTlb(op, site, address, address + 4096) : [])
        {
            yield return point;
        }
    }

    /// <summary>
    /// Clears a hugetlb entry and flushes its first base page, whatever the size, as the golden traces of 6.12 show;
    /// the secondary TLB with code L for the whole page.
    /// </summary>
    /// <remarks>Models <c>huge_ptep_clear_flush</c>.</remarks>
    public static IEnumerable<PreemptionPoint> ClearFlushHuge(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, int shift, CallSite site)
    {
        foreach (var point in mm.InvalidateEarly(op, site, address, address + (1UL << shift)))
        {
            yield return point;
        }

        mm.SetEntry(op, slot, shift, address, default);
        yield return AddressSpace.Changed("huge_ptep_clear_flush");
        foreach (var point in mm.FlushCpuTlb(op, site, address, address + 4096))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(
            op, site, Placement.UnderLockBeforeSet, address, address + (1UL << shift)))
        {
            yield return point;
        }
    }

    /// <summary>Codes L2 and P: the clients are told when the new entry is there.</summary>
    public static IEnumerable<PreemptionPoint> AfterSet(
        AddressSpace mm, CpuOperation op, ulong address, int shift, CallSite site) =>
        mm.Kernel.Profile[site].HasFlag(Placement.ByPage) ? mm.InvalidatePage(op, site, address)
            : mm.InvalidateAt(op, site, Placement.UnderLockAfterSet, address, address + (1UL << shift));

    /// <summary>
    /// Clears an entry and leaves the CPU flush to a batch. From 6.6 on the secondary TLBs are invalidated at once, for
    /// the whole mm.
    /// </summary>
    /// <remarks>Models <c>set_tlb_ubc_flush_pending</c> with <c>arch_tlbbatch_add_pending</c>.</remarks>
    public static IEnumerable<PreemptionPoint> ClearFlushLater(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, CallSite site, UnmapBatch batch)
    {
        mm.SetEntry(op, slot, PageTables.PteShift, address, default);
        batch.Add(mm, site);
        yield return AddressSpace.Changed("ptep_get_and_clear");
        foreach (var point in mm.InvalidateAt(op, site, Placement.WithCpuFlush, 0, ulong.MaxValue))
        {
            yield return point;
        }
    }

    /// <summary>
    /// Tells change_pte, sets the entry, and where the site says so invalidates the secondary TLB only then.
    /// </summary>
    /// <remarks>Models <c>set_pte_at_notify</c>.</remarks>
    public static IEnumerable<PreemptionPoint> SetNotify(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, PageTableEntry entry, CallSite site)
    {
        foreach (var point in mm.Notifiers.ChangePte(op.Context, new(address), entry.Value))
        {
            yield return point;
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
        yield return AddressSpace.Changed("set_pte_at_notify");
        foreach (var point in AfterSet(mm, op, address, PageTables.PteShift, site))
        {
            yield return point;
        }
    }
}
