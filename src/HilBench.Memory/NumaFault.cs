using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>NUMA balancing: takes protection away, and moves a page to the CPUs' node when it is used.</summary>
/// <remarks>
/// Models <c>change_prot_numa</c>, <c>do_numa_page</c>, <c>do_huge_pmd_numa_page</c>, <c>migrate_misplaced_page</c> and
/// up to 5.14 <c>migrate_misplaced_transhuge_page</c>.
/// </remarks>
internal static class NumaFault
{
    /// <summary>Since this version a misplaced huge page is moved as every other page.</summary>
    private const int MigratesHugeSince = 515;

    /// <summary>The mappings of a range in which balancing looks; the mmap lock is shared.</summary>
    public static IEnumerable<PreemptionPoint> Protect(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("task_numa_work");
        }

        yield return AddressSpace.Taken("task_numa_work");
        foreach (var vma in mm.VmaList.Items.Where(vma => vma.Range.Overlaps(range) && IsScanned(vma)).ToArray())
        {
            var gather = new MmuGather(mm, op, CallSite.Mprotect);
            var (start, end) = (Math.Max(range.Start.Value, vma.StartAddress), Math.Min(range.End.Value, vma.EndAddress));
            mm.PendingFlushes++;
            foreach (var point in ChangeProtection.Range(mm, op, gather, vma, start, end, new NumaProtection()))
            {
                yield return point;
            }

            foreach (var point in gather.Flush())
            {
                yield return point;
            }

            mm.PendingFlushes--;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("task_numa_work");
    }

    /// <summary>Whether the entry asks who uses the page; a mapping without any access has such entries for ever.</summary>
    /// <remarks>Models <c>pte_protnone</c> with <c>vma_is_accessible</c>.</remarks>
    public static bool IsHint(Vma vma, PageTableEntry entry) => entry.IsProtNone && vma.Protection != Protection.None;

    /// <summary>A fault on a base page that lost its protection.</summary>
    public static IEnumerable<PreemptionPoint> Base(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_numa_page");
        }

        yield return AddressSpace.Taken("do_numa_page");
        var seen = mm.Tables.Read(slot);
        if (!seen.IsProtNone)
        {
            mm.UnlockTable(op, slot);
            yield break;
        }

        var head = mm.Memory.HeadOf(seen.Frame);
        if (IsMisplaced(mm, vma, head) && mm.Memory.State(head).Order == 0)
        {
            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("do_numa_page");
            var result = new StepResult();
            foreach (var point in Migration.Page(mm.Kernel, op, head, result, Kernel.LocalNode))
            {
                yield return point;
            }

            if (result.Identity != 0)
            {
                yield break;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("do_numa_page");
            }
        }

        if (mm.Tables.Read(slot) == seen)
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, Restored(mm, vma, seen));
            yield return AddressSpace.Changed("do_numa_page");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_numa_page");
    }

    /// <summary>A fault on a huge page that lost its protection.</summary>
    public static IEnumerable<PreemptionPoint> Huge(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot)
    {
        address &= ~(HugePages.Size - 1);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_huge_pmd_numa_page");
        }

        yield return AddressSpace.Taken("do_huge_pmd_numa_page");
        var seen = mm.Tables.Read(slot);
        if (!seen.IsHuge || !seen.IsProtNone)
        {
            mm.UnlockTable(op, slot);
            yield break;
        }

        var result = new StepResult();
        if (IsMisplaced(mm, vma, seen.Frame))
        {
            foreach (var point in FlushPending(mm, op, address))
            {
                yield return point;
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("do_huge_pmd_numa_page");
            foreach (var point in mm.Kernel.Profile.Version >= MigratesHugeSince
                ? Migration.Page(mm.Kernel, op, seen.Frame, result, Kernel.LocalNode)
                : MoveHuge(mm, op, vma, address, slot, seen, result))
            {
                yield return point;
            }

            if (result.Identity != 0)
            {
                yield break;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("do_huge_pmd_numa_page");
            }
        }

        if (mm.Tables.Read(slot) == seen)
        {
            mm.SetEntry(op, slot, PageTables.PmdShift, address, Restored(mm, vma, seen));
            yield return AddressSpace.Changed("do_huge_pmd_numa_page");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_huge_pmd_numa_page");
    }

    private static bool IsScanned(Vma vma) =>
        !vma.Has(VmaFlags.Hugetlb | VmaFlags.Bound) && vma.Protection != Protection.None
            && !(vma.File is not null && (vma.Protection & (Protection.Read | Protection.Write)) == Protection.Read);

    /// <remarks>Models <c>mpol_misplaced</c> and the refusals of <c>migrate_misplaced_page</c>.</remarks>
    private static bool IsMisplaced(AddressSpace mm, Vma vma, ulong head)
    {
        var page = mm.Memory.State(head);
        var isFile = !page.Has(FrameFlags.SwapBacked);
        var isSharedCode = isFile && Rmap.TotalMapCount(mm.Memory, head) != 1 && (vma.Protection & Protection.Execute) != 0;
        return page.Node != Kernel.LocalNode && !isSharedCode && !(isFile && page.Has(FrameFlags.Dirty));
    }

    private static PageTableEntry Restored(AddressSpace mm, Vma vma, PageTableEntry entry)
    {
        if (mm.Kernel.Profile.Version >= NumaProtection.ForgetsWriteSince)
        {
            return new PageProtection().Apply(mm, vma, entry).With(PageTableEntry.Accessed);
        }

        var wasWritable = entry.IsWritable && (vma.Protection & Protection.Write) != 0;
        return entry.Modify(vma.PageBits).With(
            PageTableEntry.Accessed | (wasWritable ? PageTableEntry.Writable : 0));
    }

    /// <summary>
    /// While the flush of a change of protection is pending a device could write the old page during the copy: from 5.0
    /// to 5.14 the fault flushes itself.
    /// </summary>
    private static IEnumerable<PreemptionPoint> FlushPending(AddressSpace mm, CpuOperation op, ulong address)
    {
        if (mm.PendingFlushes == 0 || !mm.Kernel.Profile[CallSite.NumaThpFault].HasFlag(Placement.UnderLockBeforeSet))
        {
            yield break;
        }

        foreach (var point in mm.FlushCpuTlb(
            op, CallSite.NumaThpFault, address, address + HugePages.Size, PageTables.PmdShift))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(
            op, CallSite.NumaThpFault, Placement.UnderLockBeforeSet, address, address + HugePages.Size))
        {
            yield return point;
        }
    }

    /// <summary>Copies first, and only then takes the lock and replaces the entry.</summary>
    /// <remarks>Models <c>migrate_misplaced_transhuge_page</c>; its own start/end are gone by 5.0.</remarks>
    private static IEnumerable<PreemptionPoint> MoveHuge(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, StepResult result)
    {
        const CallSite site = CallSite.MisplacedThp;
        if (!mm.Kernel.TryAllocate(op, HugePages.Order, out var target))
        {
            yield break;
        }

        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            mm.Memory.Copy(seen.Frame + i, target + i);
        }

        yield return new(PreemptionKind.PageCopied, "migrate_misplaced_transhuge_page");
        var isTold = !mm.Kernel.Profile[site].HasFlag(Placement.Absent);
        var range = mm.Announce(site, vma, address, address + HugePages.Size, NotifierEvent.Clear);
        foreach (var point in isTold ? mm.StartRange(op, range) : [])
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("migrate_misplaced_transhuge_page");
        }

        yield return AddressSpace.Taken("migrate_misplaced_transhuge_page");
        var isSame = mm.Tables.Read(slot) == seen && mm.Memory.State(seen.Frame).RefCount == 1;
        if (isSame)
        {
            foreach (var point in mm.InvalidateAt(
                op, site, Placement.UnderLockBeforeSet, address, address + HugePages.Size))
            {
                yield return point;
            }

            Replace(mm, op, vma, address, slot, seen, target);
            result.Identity = mm.Memory.State(target).Identity;
            yield return AddressSpace.Changed("migrate_misplaced_transhuge_page");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("migrate_misplaced_transhuge_page");
        foreach (var point in isTold ? mm.EndRange(op, range) : [])
        {
            yield return point;
        }

        yield return new(PreemptionKind.BeforeFree, "migrate_misplaced_transhuge_page");
        mm.Kernel.Put(op, isSame ? seen.Frame : target);
    }

    private static void Replace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, ulong target)
    {
        ref var from = ref mm.Memory.State(seen.Frame);
        ref var to = ref mm.Memory.State(target);
        to.Flags |= from.Flags & (FrameFlags.Anonymous | FrameFlags.SwapBacked | FrameFlags.Dirty
            | FrameFlags.AnonExclusive);
        (to.MappingId, to.Index, to.EntireMapCount) = (from.MappingId, from.Index, 1);
        mm.Kernel.Lru.Replace(seen.Frame, target);
        from.EntireMapCount--;
        mm.SetEntry(op, slot, PageTables.PmdShift, address,
            PageTableEntry.Of(target, vma.PageBits | PageTableEntry.PageSize).With(PageFault.WriteBits(vma)
                | (seen.Value & PageTableEntry.SoftDirty)));
    }
}
