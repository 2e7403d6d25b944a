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
        foreach (var point in ClearFlush(mm, op, slot, address))
        {
            yield return point;
        }

        foreach (var point in Notify(mm, op, address, site, Placement.UnderLockBeforeSet))
        {
            yield return point;
        }
    }

    /// <summary>Clears an entry and flushes the CPU TLBs.</summary>
    /// <remarks>Models <c>ptep_clear_flush</c>.</remarks>
    public static IEnumerable<PreemptionPoint> ClearFlush(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address)
    {
        var entry = mm.Tables.Read(slot);
        mm.SetEntry(op, slot, PageTables.PteShift, address, default);
        yield return AddressSpace.Changed("ptep_clear_flush");
        if (entry.IsPresent)
        {
            foreach (var point in mm.FlushCpuTlb(op, address, address + 4096))
            {
                yield return point;
            }
        }
    }

    /// <summary>Invalidates one page in the secondary TLBs where the site does it at that place.</summary>
    public static IEnumerable<PreemptionPoint> Notify(
        AddressSpace mm, CpuOperation op, ulong address, CallSite site, Placement place) =>
        mm.Kernel.Profile[site].HasFlag(place)
            ? mm.Notifiers.InvalidateSecondaryTlb(op.Context, new(address), new(address + 4096)) : [];

    /// <summary>Clears a hugetlb entry of 2 MiB and flushes its first base page.</summary>
    /// <remarks>Models <c>huge_ptep_clear_flush</c>.</remarks>
    public static IEnumerable<PreemptionPoint> ClearFlushHuge(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address)
    {
        mm.SetEntry(op, slot, PageTables.PmdShift, address, default);
        yield return AddressSpace.Changed("huge_ptep_clear_flush");
        foreach (var point in mm.FlushCpuTlb(op, address, address + 4096))
        {
            yield return point;
        }
    }

    /// <summary>
    /// Clears an entry and leaves the CPU flush to a batch. From 6.6 on the secondary TLBs are invalidated at once, for the
    /// whole mm.
    /// </summary>
    /// <remarks>Models <c>set_tlb_ubc_flush_pending</c> with <c>arch_tlbbatch_add_pending</c>.</remarks>
    public static IEnumerable<PreemptionPoint> ClearFlushLater(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, UnmapBatch batch)
    {
        mm.SetEntry(op, slot, PageTables.PteShift, address, default);
        batch.Add(mm);
        yield return AddressSpace.Changed("ptep_get_and_clear");
        if (mm.Kernel.Profile.CpuFlushInvalidatesSecondaryTlb)
        {
            foreach (var point in mm.Notifiers.InvalidateSecondaryTlb(op.Context, new(0), new(ulong.MaxValue)))
            {
                yield return point;
            }
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
        if (mm.Kernel.Profile[site].HasFlag(Placement.UnderLockAfterSet))
        {
            foreach (var point in mm.Notifiers.InvalidateSecondaryTlb(op.Context, new(address), new(address + 4096)))
            {
                yield return point;
            }
        }
    }
}
