using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Page faults on base pages.</summary>
/// <remarks>Models <c>handle_mm_fault</c> and what it calls.</remarks>
internal static class PageFault
{
    /// <summary>Handles one fault; a signal is left in the operation. The mmap lock is held.</summary>
    public static IEnumerable<PreemptionPoint> Handle(AddressSpace mm, CpuOperation op, ulong address, bool isWrite)
    {
        op.CountFault(address, isWrite);
        var vma = mm.VmaList.Find(address);
        if (vma is null)
        {
            op.Raise(Signal.Segv, 1);
            return [];
        }

        var needed = isWrite ? Protection.Write : Protection.Read;
        var allowed = vma.Protection | ((vma.Protection & (Protection.Write | Protection.Execute)) != 0
            ? Protection.Read : 0);
        if ((allowed & needed) == 0)
        {
            op.Raise(Signal.Segv, 2);
            return [];
        }

        return vma.Has(VmaFlags.Hugetlb)
            ? HugetlbPages.Fault(mm, op, vma, address, isWrite)
            : HandleAt(mm, op, vma, address, isWrite);
    }

    /// <summary>A fault of the kernel itself, which the protection of the mapping does not stop (FOLL_FORCE).</summary>
    public static IEnumerable<PreemptionPoint> Forced(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite)
    {
        op.CountFault(address, isWrite);
        return vma.Has(VmaFlags.Hugetlb) ? HugetlbPages.Fault(mm, op, vma, address, isWrite) : HandleAt(mm, op, vma, address, isWrite);
    }

    /// <summary>
    /// A fault of a driver that pins a page to read it: the process gets a page of its own, so that the driver goes on
    /// seeing what the process sees.
    /// </summary>
    /// <remarks>Models <c>handle_mm_fault</c> with FAULT_FLAG_UNSHARE.</remarks>
    public static IEnumerable<PreemptionPoint> Unshare(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        op.CountFault(address, isWrite: false);
        if (mm.Tables.TryFind(address, PageTables.PmdShift, out var pmd, out _) && mm.Tables.Read(pmd).IsHuge)
        {
            var entry = mm.Tables.Read(pmd);
            var isReused = mm.Memory.State(entry.Frame).Has(FrameFlags.Anonymous)
                && HugePages.CanReuse(mm, vma, address, entry);
            foreach (var point in isReused ? [] : HugePages.Split(mm, op, vma, address))
            {
                yield return point;
            }

            yield break;
        }

        mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _);
        foreach (var point in WriteProtected(mm, op, vma, address, slot, unshares: true))
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> HandleAt(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite)
    {
        if (!mm.TryMakeTables(op, address, PageTables.PmdShift, out var slot))
        {
            OutOfMemory(op);
            yield break;
        }

        var result = new StepResult();
        var entry = mm.Tables.Read(slot);
        if (UserFaults.Handles(vma, entry, isWrite) && (entry.IsHuge || (entry.IsNone && vma.File is null)))
        {
            if (entry.IsNone)
            {
                UserFaults.Prepare(mm, op, vma, address, isWrite);
            }

            op.Raise(Signal.Bus, 2);
            yield break;
        }

        if (entry.IsNone && HugePages.Fits(vma, address))
        {
            foreach (var point in HugePages.Fault(mm, op, vma, address, isWrite, result))
            {
                yield return point;
            }
        }
        else if (entry.IsHuge && NumaFault.IsHint(vma, entry))
        {
            foreach (var point in NumaFault.Huge(mm, op, vma, address, slot))
            {
                yield return point;
            }
        }
        else if (entry.IsHuge)
        {
            foreach (var point in HugePages.PresentFault(mm, op, vma, address, isWrite, result))
            {
                yield return point;
            }
        }
        else if (!entry.IsNone && !entry.IsPresent)
        {
            while (mm.Tables.Read(slot) == entry)
            {
                yield return AddressSpace.Waiting("pmd_migration_entry_wait");
            }

            yield break;
        }
        else
        {
            result.FallsBack = true;
        }

        if (result.FallsBack)
        {
            foreach (var point in HandlePte(mm, op, vma, address, isWrite))
            {
                yield return point;
            }
        }
    }

    internal static void OutOfMemory(CpuOperation op)
    {
        op.Errno = ErrorNumber.NoMemory;
        op.Raise(Signal.Bus, 2);
    }

    /// <remarks>Models <c>handle_pte_fault</c>.</remarks>
    private static IEnumerable<PreemptionPoint> HandlePte(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite)
    {
        var entry = mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _) ? mm.Tables.Read(slot)
            : default;
        if (UserFaults.Handles(vma, entry, isWrite, address))
        {
            if (entry.IsNone)
            {
                UserFaults.Prepare(mm, op, vma, address, isWrite);
            }

            op.Raise(Signal.Bus, 2);
            return [];
        }

        if (entry.IsNone && mm.IsUnstable && !vma.IsShared)
        {
            // The OOM reaper took memory away here: nothing may look as if it were still fresh.
            op.Raise(Signal.Bus, 2);
            return [];
        }

        if (entry.IsNone)
        {
            return vma.File is null
                ? Anonymous(mm, op, vma, address, isWrite, entry)
                : FileFault.Handle(mm, op, vma, address, isWrite);
        }

        if (UserFaults.IsMarker(entry) && vma.File is null)
        {
            return Anonymous(mm, op, vma, address, isWrite, entry);
        }

        if (entry.IsSwap)
        {
            return FromSwap(mm, op, vma, address, slot, entry, isWrite);
        }

        if (NumaFault.IsHint(vma, entry))
        {
            return NumaFault.Base(mm, op, vma, address, slot);
        }

        return isWrite && !entry.IsWritable
            ? WriteProtected(mm, op, vma, address, slot)
            : SetYoung(mm, op, address, slot, isWrite);
    }

    /// <remarks>Models <c>do_anonymous_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Anonymous(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite, PageTableEntry seen)
    {
        if (!mm.TryMakeTables(op, address, PageTables.PteShift, out var slot))
        {
            OutOfMemory(op);
            yield break;
        }

        var frame = 0UL;
        var order = 0;
        if (isWrite)
        {
            VmaChange.PrepareAnon(mm, vma);
            if (!LargeFolios.TryAllocate(mm, op, vma, address, out frame, out order))
            {
                OutOfMemory(op);
                yield break;
            }
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_anonymous_page");
        }

        yield return AddressSpace.Taken("do_anonymous_page");
        var now = mm.Tables.Read(slot);
        if (order > 0 ? LargeFolios.IsRoom(mm, address, order) : now == seen || (now.IsNone && seen.IsNone))
        {
            Map(mm, op, vma, address, frame, order, seen);
            yield return AddressSpace.Changed("do_anonymous_page");
            foreach (var point in mm.InvalidateChanged(op, CallSite.FaultIn, address, PageTables.PteShift))
            {
                yield return point;
            }
        }
        else if (isWrite)
        {
            mm.Kernel.Put(op, frame);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_anonymous_page");
    }

    /// <summary>Maps a fresh page, a fresh large folio, or the zero page (frame 0).</summary>
    private static void Map(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong frame, int order, PageTableEntry seen)
    {
        if (order > 0)
        {
            address &= ~((4096UL << order) - 1);
            Rmap.AddNewLarge(mm.Memory, frame, vma, address);
        }
        else if (frame != 0)
        {
            Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        }

        var entry = frame == 0 ? PageTableEntry.Of(mm.Kernel.ZeroFrame, vma.PageBits | PageTableEntry.Special)
            : PageTableEntry.Of(frame, vma.PageBits).With((vma.Protection & Protection.Write) != 0 ? WriteBits(vma) : 0);
        entry = UserFaults.IsMarker(seen) && vma.Has(VmaFlags.UffdWriteProtect) ? UserFaults.Protected(entry) : entry;
        for (var i = 0UL; i < 1UL << order; i++)
        {
            mm.Tables.TryFind(address + (i << 12), PageTables.PteShift, out var slot, out _);
            mm.SetEntry(op, slot, PageTables.PteShift, address + (i << 12), new(entry.Value + (i << 12)));
        }
    }

    /// <summary>Bits of an entry after a store: dirty, soft-dirty, and writable when the mapping allows it.</summary>
    internal static ulong WriteBits(Vma vma) =>
        PageTableEntry.Dirty | PageTableEntry.SoftDirty | PageTableEntry.Accessed
        | ((vma.Protection & Protection.Write) != 0 ? PageTableEntry.Writable : 0);

    private static IEnumerable<PreemptionPoint> SetYoung(
        AddressSpace mm, CpuOperation op, ulong address, ulong slot, bool isWrite)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("handle_pte_fault");
        }

        var entry = mm.Tables.Read(slot);
        if (entry.IsMapped)
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry.With(
                PageTableEntry.Accessed | (isWrite ? PageTableEntry.Dirty | PageTableEntry.SoftDirty : 0)));
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("handle_pte_fault");
    }

    /// <remarks>Models <c>do_wp_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> WriteProtected(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, bool unshares = false)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_wp_page");
        }

        yield return AddressSpace.Taken("do_wp_page");
        var entry = mm.Tables.Read(slot);
        if (!entry.IsMapped || NumaFault.IsHint(vma, entry) || entry.IsWritable)
        {
            mm.UnlockTable(op, slot);
            yield break;
        }

        if (vma.Has(VmaFlags.UffdAsync) && (entry.Value & PageTableEntry.UffdWp) != 0)
        {
            entry = entry.With(0, PageTableEntry.UffdWp);
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
        }

        if (CanReuse(mm, op, vma, entry, address))
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, unshares ? entry : entry.With(WriteBits(vma)));
            yield return AddressSpace.Changed("wp_page_reuse");
            foreach (var point in mm.InvalidateChanged(op, CallSite.WriteReuse, address, PageTables.PteShift))
            {
                yield return point;
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("wp_page_reuse");
            yield break;
        }

        var old = entry.IsSpecial ? 0 : entry.Frame;
        if (old != 0)
        {
            mm.Kernel.Get(old);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_wp_page");
        foreach (var point in CopyOnWrite.Copy(mm, op, vma, address, slot, entry, old, unshares))
        {
            yield return point;
        }
    }

    private static bool CanReuse(AddressSpace mm, CpuOperation op, Vma vma, PageTableEntry entry, ulong address)
    {
        if (entry.IsSpecial)
        {
            return false;
        }

        if (vma.IsShared)
        {
            mm.Memory.State(entry.Frame).Flags |= FrameFlags.Dirty;
            mm.Memory.State(entry.Frame).Flags &= ~FrameFlags.Readahead;
            return true;
        }

        ref var page = ref mm.Memory.State(entry.Frame);
        var head = mm.Memory.HeadOf(entry.Frame);
        if (!mm.Memory.State(head).Has(FrameFlags.Anonymous) || page.Has(FrameFlags.Ksm))
        {
            return false;
        }

        if (page.Has(FrameFlags.AnonExclusive))
        {
            return true;
        }

        if (mm.Memory.State(head).RefCount == 1 + SwapArea.ReferencesTo(mm.Memory, head))
        {
            mm.Kernel.Swap.TryFree(op, head);
        }

        if (mm.Memory.State(head).Order > 0)
        {
            return LargeFolios.TryReuse(mm, vma, entry.Frame, head);
        }

        if (page.RefCount != 1 || mm.Kernel.LazyFreed.Holds(page.Identity))
        {
            return false;
        }

        page.Flags |= FrameFlags.AnonExclusive;
        page.MappingId = vma.AnonVma!.Id;
        page.Index = vma.IndexOf(address);
        return true;
    }

    private static IEnumerable<PreemptionPoint> FromSwap(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry entry, bool isWrite)
    {
        if (MigrationEntry.IsMigration(entry))
        {
            return WaitForMigration(mm, slot, entry);
        }

        if (entry.SwapType == SwapType.Swap)
        {
            return SwappedIn(mm, op, vma, address, slot, entry, isWrite);
        }

        if (DeviceExclusive.Is(entry))
        {
            return DeviceExclusive.Revoke(mm, op, vma, address, slot, entry);
        }

        op.Raise(Signal.Bus, entry.SwapType == SwapType.Hwpoison ? MemoryFailure.ActionRequired : 2);
        return [];
    }

    /// <summary>A store to a page that came back shared is handled as one to a read-only page, at once.</summary>
    private static IEnumerable<PreemptionPoint> SwappedIn(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry entry, bool isWrite)
    {
        var result = new StepResult();
        foreach (var point in SwapIn.Run(mm, op, vma, address, slot, entry, isWrite, result))
        {
            yield return point;
        }

        foreach (var point in result.FallsBack ? WriteProtected(mm, op, vma, address, slot) : [])
        {
            yield return point;
        }
    }

    /// <summary>Sleeps until the migration is over, and does not go round with the fault meanwhile.</summary>
    /// <remarks>Models <c>migration_entry_wait_on_locked</c>.</remarks>
    public static IEnumerable<PreemptionPoint> WaitForMigration(AddressSpace mm, ulong slot, PageTableEntry entry)
    {
        while (mm.Tables.Read(slot) == entry)
        {
            yield return AddressSpace.Waiting("migration_entry_wait");
        }
    }
}
