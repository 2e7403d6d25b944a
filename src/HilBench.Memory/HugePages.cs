using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Transparent huge pages of anonymous memory: fault, write fault, split.</summary>
/// <remarks>Models <c>mm/huge_memory.c</c>.</remarks>
internal static class HugePages
{
    internal const int Shift = PageTables.PmdShift;
    internal const ulong Size = 1UL << Shift;
    internal const int Order = 9;
    internal const int Pages = 512;

    /// <summary>Whether a whole huge page at the address lies in a mapping that wants them.</summary>
    public static bool Fits(Vma vma, ulong address)
    {
        var low = address & ~(Size - 1);
        return LargeFolios.IsAllowed(vma, Order) && vma.File is null && low >= vma.StartAddress
            && low + Size <= vma.EndAddress;
    }

    /// <remarks>Models <c>do_huge_pmd_anonymous_page</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Fault(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite, StepResult result)
    {
        address &= ~(Size - 1);
        VmaChange.PrepareAnon(mm, vma);
        ulong frame;
        if (isWrite)
        {
            if (!mm.Kernel.TryAllocate(op, vma, address, Order, out frame))
            {
                result.FallsBack = true;
                yield break;
            }
        }
        else
        {
            if (!mm.Kernel.TryGetHugeZeroFrame(op))
            {
                result.FallsBack = true;
                yield break;
            }

            frame = mm.Kernel.HugeZeroFrame;
        }

        if (!mm.TryAllocateTable(op, out var deposit))
        {
            PageFault.OutOfMemory(op);
            yield break;
        }

        mm.Tables.TryFind(address, Shift, out var slot, out _);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_huge_pmd_anonymous_page");
        }

        yield return AddressSpace.Taken("do_huge_pmd_anonymous_page");
        if (mm.Tables.Read(slot).IsNone)
        {
            var entry = PageTableEntry.Of(frame, vma.PageBits | PageTableEntry.PageSize);
            if (isWrite)
            {
                Rmap.AddNewAnon(mm.Memory, frame, vma, address);
                entry = entry.With(PageFault.WriteBits(vma));
            }

            DepositTable(mm, slot, deposit);
            mm.SetEntry(op, slot, Shift, address, entry);
            yield return AddressSpace.Changed("do_huge_pmd_anonymous_page");
        }
        else
        {
            mm.Kernel.Put(op, deposit);
            if (isWrite)
            {
                mm.Kernel.Put(op, frame);
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_huge_pmd_anonymous_page");
    }

    /// <summary>A fault on a huge entry that is present.</summary>
    /// <remarks>Models <c>do_huge_pmd_wp_page</c> and <c>huge_pmd_set_accessed</c>.</remarks>
    public static IEnumerable<PreemptionPoint> PresentFault(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite, StepResult result)
    {
        mm.Tables.TryFind(address, Shift, out var slot, out _);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_huge_pmd_wp_page");
        }

        yield return AddressSpace.Taken("do_huge_pmd_wp_page");
        var entry = mm.Tables.Read(slot);
        var mustSplit = false;
        if (entry.IsHuge && entry.IsMapped)
        {
            if (!isWrite || entry.IsWritable)
            {
                mm.SetEntry(op, slot, Shift, address, entry.With(PageTableEntry.Accessed));
            }
            else if (vma.File is null && !IsProtectedAsync(vma, entry) && CanReuse(mm, vma, address, entry))
            {
                mm.SetEntry(op, slot, Shift, address, entry.With(PageFault.WriteBits(vma)));
                yield return AddressSpace.Changed("do_huge_pmd_wp_page");
            }
            else
            {
                mustSplit = true;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_huge_pmd_wp_page");
        if (mustSplit && vma.File is null && !IsProtectedAsync(vma, entry) && HugeCow.Applies(mm.Kernel, entry))
        {
            foreach (var point in HugeCow.Run(mm, op, vma, address, slot, entry, result))
            {
                yield return point;
            }
        }
        else if (mustSplit)
        {
            foreach (var point in Split(mm, op, vma, address))
            {
                yield return point;
            }

            result.FallsBack = true;
        }
    }

    /// <summary>Splits whatever covers the address, if a table is there at all.</summary>
    /// <remarks>Models <c>split_huge_pmd_address</c>.</remarks>
    public static IEnumerable<PreemptionPoint> SplitAddress(AddressSpace mm, CpuOperation op, Vma vma, ulong address) =>
        mm.Tables.TryFind(address, Shift, out _, out _) ? Split(mm, op, vma, address) : [];

    /// <summary>
    /// Makes a table of 512 base pages out of a huge entry. Announced even when there is nothing to split.
    /// </summary>
    /// <remarks>Models <c>__split_huge_pmd</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Split(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool freezes = false, ulong? onlyFrame = null)
    {
        address &= ~(Size - 1);
        mm.Tables.TryFind(address, Shift, out var slot, out _);
        var range = mm.Announce(SplitSite(mm, mm.Tables.Read(slot)), vma, address, address + Size,
            NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("__split_huge_pmd");
        }

        yield return AddressSpace.Taken("__split_huge_pmd");
        var entry = mm.Tables.Read(slot);
        if (IsThat(entry, onlyFrame))
        {
            foreach (var point in SplitLocked(mm, op, vma, address, slot, entry, freezes))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("__split_huge_pmd");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    /// <summary>Splits a huge entry within a range that is announced already.</summary>
    /// <remarks>Models <c>split_huge_pmd_locked</c> as 6.10 and later call it from the reverse map.</remarks>
    internal static IEnumerable<PreemptionPoint> SplitUnannounced(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong onlyFrame)
    {
        address &= ~(Size - 1);
        if (!mm.Tables.TryFind(address, Shift, out var slot, out _) || !mm.Tables.Read(slot).IsHuge)
        {
            yield break;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("split_huge_pmd_locked");
        }

        var entry = mm.Tables.Read(slot);
        foreach (var point in IsThat(entry, onlyFrame)
            ? SplitLocked(mm, op, vma, address, slot, entry, freezes: false) : [])
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("split_huge_pmd_locked");
    }

    // The reverse map splits a page: by now another one may be mapped there, by a copy on write.
    private static bool IsThat(PageTableEntry entry, ulong? onlyFrame) =>
        (entry.IsHuge && (onlyFrame is null || entry.Frame == onlyFrame)) || (onlyFrame is null && MigrationEntry.IsMigration(entry));

    /// <summary>Makes a huge entry not present for a moment and flushes the CPU TLBs.</summary>
    /// <remarks>Models <c>pmdp_invalidate</c>, for the huge zero page <c>pmdp_huge_clear_flush</c>.</remarks>
    internal static IEnumerable<PreemptionPoint> Invalidate(
        AddressSpace mm, CpuOperation op, CallSite site, ulong slot, ulong address, PageTableEntry entry,
        bool clears = false, bool removes = false)
    {
        var invalid = clears ? default : PageTableEntry.Of(entry.Frame,
            entry.Value & ~(PageTableEntry.FrameMask | PageTableEntry.Present | PageTableEntry.ProtNone));
        mm.SetEntry(op, slot, Shift, address, invalid, keepsFrames: !removes);
        yield return AddressSpace.Changed("pmdp_invalidate");
        if (entry.IsMapped)
        {
            foreach (var point in mm.FlushCpuTlb(op, site, address, address + Size))
            {
                yield return point;
            }
        }
    }

    /// <summary>As <see cref="Invalidate"/>, and the secondary TLBs with code L.</summary>
    /// <remarks>Models <c>pmdp_huge_clear_flush_notify</c>.</remarks>
    internal static IEnumerable<PreemptionPoint> InvalidateNotify(
        AddressSpace mm, CpuOperation op, CallSite site, ulong slot, ulong address, PageTableEntry entry,
        bool clears = false, bool removes = false)
    {
        foreach (var point in Invalidate(mm, op, site, slot, address, entry, clears, removes))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateAt(op, site, Placement.UnderLockBeforeSet, address, address + Size))
        {
            yield return point;
        }
    }

    private static CallSite SplitSite(AddressSpace mm, PageTableEntry entry) =>
        !entry.IsHuge ? CallSite.ThpSplit
            : !KeepsTable(mm, entry.Frame) ? CallSite.FileThpSplit
            : mm.Memory.State(entry.Frame).Has(FrameFlags.Zero) ? CallSite.HugeZeroSplit : CallSite.ThpSplit;

    /// <summary>Whether a table is kept for a split of the entry: what a file backs is only dropped by a split.</summary>
    internal static bool KeepsTable(AddressSpace mm, ulong frame) =>
        mm.Memory.State(frame).Has(FrameFlags.Anonymous | FrameFlags.Zero);

    /// <summary>Frees the table that was kept for a split of the entry.</summary>
    public static void WithdrawTable(AddressSpace mm, CpuOperation op, ulong slot) =>
        mm.Kernel.Put(op, mm.Deposits[slot >> 12].Pop());

    public static void DepositTable(AddressSpace mm, ulong slot, ulong table)
    {
        if (!mm.Deposits.TryGetValue(slot >> 12, out var stack))
        {
            stack = new Stack<ulong>();
            mm.Deposits.Add(slot >> 12, stack);
        }

        stack.Push(table);
    }

    private static IEnumerable<PreemptionPoint> SplitLocked(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry entry, bool freezes)
    {
        if (MigrationEntry.IsMigration(entry))
        {
            SplitMoving(mm, op, address, slot, entry);
            yield return AddressSpace.Changed("pmd_populate");
            yield break;
        }

        var site = SplitSite(mm, entry);
        if (site == CallSite.FileThpSplit)
        {
            foreach (var point in DropLocked(mm, op, address, slot, entry))
            {
                yield return point;
            }

            yield break;
        }

        var isZero = site == CallSite.HugeZeroSplit;
        foreach (var point in InvalidateNotify(mm, op, site, slot, address, entry, isZero))
        {
            yield return point;
        }

        mm.Memory.State(entry.Frame).Flags |= entry.IsDirty && !isZero ? FrameFlags.Dirty : 0;
        var isExclusive = mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive);
        var table = mm.Deposits[slot >> 12].Pop();
        for (var i = 0UL; i < Pages; i++)
        {
            var pte = isZero
                ? PageTableEntry.Of(mm.Kernel.ZeroFrame, vma.PageBits | PageTableEntry.Special)
                : freezes ? MigrationEntry.Of(entry, entry.Frame + i, isExclusive)
                    : BasePage(vma, entry, entry.Frame + i);
            mm.SetEntry(op, (table << 12) + (i << 3), PageTables.PteShift, address + (i << 12), pte);
        }

        if (!isZero && !freezes)
        {
            Distribute(mm, entry.Frame);
        }
        else if (!isZero)
        {
            mm.Memory.State(entry.Frame).EntireMapCount--;
            mm.Memory.State(entry.Frame).Flags &= ~FrameFlags.AnonExclusive;
            mm.Kernel.Put(op, entry.Frame);
        }

        mm.SetEntry(op, slot, Shift, address, AddressSpace.TableEntry(table), keepsFrames: true);
        yield return AddressSpace.Changed("pmd_populate");
        foreach (var point in EntryUpdate.AfterSet(mm, op, address, Shift, site))
        {
            yield return point;
        }
    }

    // A huge page on the way elsewhere: its parts wait for it one by one. Nothing was present, so nobody is told.
    private static void SplitMoving(AddressSpace mm, CpuOperation op, ulong address, ulong slot, PageTableEntry entry)
    {
        if (!KeepsTable(mm, MigrationEntry.FrameOf(entry)))
        {
            mm.SetEntry(op, slot, Shift, address, default);
            return;
        }

        var table = mm.Deposits[slot >> 12].Pop();
        for (var i = 0UL; i < Pages; i++)
        {
            mm.SetEntry(op, (table << 12) + (i << 3), PageTables.PteShift, address + (i << 12), MigrationEntry.Part(entry, i));
        }

        mm.SetEntry(op, slot, Shift, address, AddressSpace.TableEntry(table), keepsFrames: true);
    }

    /// <summary>A huge entry of a file goes away; its parts are faulted in again when they are used.</summary>
    private static IEnumerable<PreemptionPoint> DropLocked(
        AddressSpace mm, CpuOperation op, ulong address, ulong slot, PageTableEntry entry)
    {
        foreach (var point in InvalidateNotify(
            mm, op, CallSite.FileThpSplit, slot, address, entry, clears: true, removes: true))
        {
            yield return point;
        }

        ref var page = ref mm.Memory.State(entry.Frame);
        page.Flags |= entry.IsDirty ? FrameFlags.Dirty : 0;
        page.EntireMapCount--;
        mm.Kernel.Put(op, entry.Frame);
    }

    private static PageTableEntry BasePage(Vma vma, PageTableEntry huge, ulong frame)
    {
        // Before 6.6 the dirty bit went to the page, not to the new entries.
        var kept = PageTableEntry.Accessed | PageTableEntry.SoftDirty | PageTableEntry.UffdWp | PageTableEntry.Writable
            | (vma.Mm.Kernel.Profile.Version >= 606 ? PageTableEntry.Dirty : 0);

        var bits = (vma.PageBits & ~(PageTableEntry.Accessed | PageTableEntry.Writable)) | (huge.Value & kept);

        // To make an entry dirty makes it soft-dirty on x86.
        return PageTableEntry.Of(frame, bits | ((bits & PageTableEntry.Dirty) != 0 ? PageTableEntry.SoftDirty : 0));
    }

    /// <summary>One mapping of the whole page becomes 512 mappings of its frames.</summary>
    private static void Distribute(AddressSpace mm, ulong head)
    {
        ref var page = ref mm.Memory.State(head);
        Invariant.Holds(page.EntireMapCount > 0);
        page.EntireMapCount--;
        page.RefCount += Pages - 1;
        var exclusive = page.Flags & FrameFlags.AnonExclusive;
        for (var i = 0UL; i < Pages; i++)
        {
            ref var part = ref mm.Memory.State(head + i);
            part.MapCount++;
            part.Flags |= exclusive;
        }
    }

    /// <summary>A store to a page under userfaultfd's asynchronous protection splits it.</summary>
    private static bool IsProtectedAsync(Vma vma, PageTableEntry entry) =>
        vma.Has(VmaFlags.UffdAsync) && (entry.Value & PageTableEntry.UffdWp) != 0;

    internal static bool CanReuse(AddressSpace mm, Vma vma, ulong address, PageTableEntry entry)
    {
        ref var page = ref mm.Memory.State(entry.Frame);
        if (page.Has(FrameFlags.Zero))
        {
            return false;
        }

        if (page.Has(FrameFlags.AnonExclusive) || vma.IsShared)
        {
            return true;
        }

        if (page.RefCount != 1)
        {
            return false;
        }

        page.Flags |= FrameFlags.AnonExclusive;
        page.MappingId = vma.AnonVma!.Id;
        page.Index = vma.IndexOf(address & ~(Size - 1));
        return true;
    }
}
