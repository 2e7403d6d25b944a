using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>KSM: pages of equal contents in mappings that ask for it become one read-only page.</summary>
/// <remarks>
/// Models <c>mm/ksm.c</c>: compare only after the page was write-protected and its range ended, so that no device write
/// slips between compare and merge.
/// </remarks>
internal static class SamePageMerging
{
    internal const int UnshareSince = 602;

    /// <summary>Gives every merged page of a range its own copy again; the mmap lock is held.</summary>
    /// <remarks>Models <c>unmerge_ksm_pages</c> and <c>break_ksm</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Break(AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end)
    {
        for (var at = start; at < end; at += 4096)
        {
            if (!TryFindPage(mm, at, out var slot, out var entry) || !mm.Memory.State(entry.Frame).Has(FrameFlags.Ksm))
            {
                continue;
            }

            mm.Kernel.Get(entry.Frame);
            foreach (var point in CopyOnWrite.Copy(
                mm, op, vma, at, slot, entry, entry.Frame, unshares: mm.Kernel.Profile.Version >= UnshareSince))
            {
                yield return point;
            }
        }
    }

    /// <summary>Every merged page of every process gets its own copies again (run=2).</summary>
    public static IEnumerable<PreemptionPoint> BreakAll(Kernel kernel, CpuOperation op)
    {
        while (!kernel.Merging.TryEnter())
        {
            yield return AddressSpace.Waiting("ksm_thread_mutex");
        }

        foreach (var mm in kernel.AddressSpaces.Where(mm => !mm.HasExited).ToArray())
        {
            while (!mm.TryLockMmap(op, write: false))
            {
                yield return AddressSpace.Waiting("unmerge_and_remove_all_rmap_items");
            }

            foreach (var vma in mm.VmaList.Items.Where(vma => vma.Has(VmaFlags.Mergeable)).ToArray())
            {
                foreach (var point in Break(mm, op, vma, vma.StartAddress, vma.EndAddress))
                {
                    yield return point;
                }
            }

            mm.UnlockMmap(op);
            yield return AddressSpace.Dropped("unmerge_and_remove_all_rmap_items");
        }

        foreach (var mm in kernel.Merging.Spaces)
        {
            foreach (var item in kernel.Merging.ItemsOf(mm))
            {
                foreach (var point in MergeScan.WaitForPage(kernel, item))
                {
                    yield return point;
                }
            }
        }

        kernel.Merging.Clear();
        kernel.Merging.Leave();
    }

    /// <summary>
    /// A page becomes a merged one, at its own address first; the caller gets a reference to it. FallsBack in the result:
    /// it is in use otherwise.
    /// </summary>
    /// <remarks>Models <c>try_to_merge_one_page</c> without a merged page.</remarks>
    public static IEnumerable<PreemptionPoint> Found(
        Kernel kernel, CpuOperation op, MergeItem item, ulong frame, StepResult result)
    {
        if (MergeScan.MergeableAt(item) is not { } vma)
        {
            result.FallsBack = true;
            yield break;
        }

        foreach (var point in SplitLarge(vma.Mm, op, item.Address))
        {
            yield return point;
        }

        if (!TryLockPage(vma.Mm, item.Address, frame))
        {
            result.FallsBack = true;
            yield break;
        }

        foreach (var point in WriteProtect(vma.Mm, op, vma, item.Address, result))
        {
            yield return point;
        }

        var isStillThere = TryFindPage(vma.Mm, item.Address, out _, out var now) && now.Frame == frame;
        result.FallsBack = result.Identity != frame || !isStillThere;
        if (!result.FallsBack)
        {
            ref var page = ref kernel.Memory.State(frame);
            page.Flags |= FrameFlags.Ksm | FrameFlags.Dirty
                | (page.Has(FrameFlags.Referenced) ? FrameFlags.Active : FrameFlags.Referenced);
            page.MappingId = 0;
            item.AnonVma = vma.AnonVma;
        }

        kernel.Memory.State(frame).Flags &= ~FrameFlags.Locked;
        if (result.FallsBack)
        {
            kernel.Put(op, frame);
        }
    }

    /// <summary>Merges a page into a merged one, which is held meanwhile: it may be gone already.</summary>
    public static IEnumerable<PreemptionPoint> MergeInto(
        Kernel kernel, CpuOperation op, Vma vma, ulong address, ulong merged, StepResult result)
    {
        result.FallsBack = true;
        if (!kernel.Memory.State(merged).Has(FrameFlags.Ksm) || kernel.Memory.State(merged).RefCount == 0)
        {
            yield break;
        }

        kernel.Get(merged);
        foreach (var point in MergeHeld(kernel, op, vma, address, merged, result))
        {
            yield return point;
        }

        kernel.Put(op, merged);
    }

    private static IEnumerable<PreemptionPoint> MergeHeld(
        Kernel kernel, CpuOperation op, Vma vma, ulong address, ulong merged, StepResult result)
    {
        var mm = vma.Mm;
        foreach (var point in SplitLarge(mm, op, address))
        {
            yield return point;
        }

        if (!TryFindPage(mm, address, out _, out var seen) || seen.Frame == merged
            || !TryLockPage(mm, address, seen.Frame))
        {
            yield break;
        }

        var frame = seen.Frame;
        foreach (var point in ReplaceLocked(kernel, op, vma, address, frame, merged, result))
        {
            yield return point;
        }

        kernel.Memory.State(frame).Flags &= ~FrameFlags.Locked;
        kernel.Swap.Trim(op, frame);
        yield return new(PreemptionKind.BeforeFree, "replace_page");
        kernel.Put(op, frame);
    }

    /// <remarks>Models <c>replace_page</c>, after the page was protected and compared.</remarks>
    private static IEnumerable<PreemptionPoint> ReplaceLocked(
        Kernel kernel, CpuOperation op, Vma vma, ulong address, ulong frame, ulong merged, StepResult result)
    {
        var mm = vma.Mm;
        var protectedPage = new StepResult();
        foreach (var point in WriteProtect(mm, op, vma, address, protectedPage))
        {
            yield return point;
        }

        if (protectedPage.Identity != frame || !kernel.Memory.ContentEquals(frame, merged)
            || !TryFindPage(mm, address, out var slot, out var entry) || entry.Frame != frame)
        {
            yield break;
        }

        var range = mm.Announce(CallSite.KsmReplace, vma, address, address + 4096, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("replace_page");
        }

        yield return AddressSpace.Taken("replace_page");
        if (mm.Tables.Read(slot) == entry)
        {
            result.FallsBack = false;
            foreach (var point in Replace(mm, op, vma, slot, address, frame, merged))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("replace_page");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> SplitLarge(AddressSpace mm, CpuOperation op, ulong address) =>
        TryFindPage(mm, address, out _, out var seen) && mm.Memory.OrderOf(PhysicalAddress.OfFrame(seen.Frame)) > 0
            ? SplitFolio.Page(mm.Kernel, op, mm.Memory.HeadOf(seen.Frame), new StepResult()) : [];

    /// <summary>Holds and locks the page of an address if it is that one, of base size and not locked.</summary>
    private static bool TryLockPage(AddressSpace mm, ulong address, ulong frame)
    {
        if (!TryFindPage(mm, address, out _, out var seen) || seen.Frame != frame
            || mm.Memory.OrderOf(PhysicalAddress.OfFrame(frame)) > 0
            || mm.Memory.State(frame).Has(FrameFlags.Locked))
        {
            return false;
        }

        mm.Kernel.Get(frame);
        mm.Memory.State(frame).Flags |= FrameFlags.Locked;
        return true;
    }

    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong address, ulong frame, ulong merged)
    {
        mm.Kernel.Get(merged);
        mm.Memory.State(merged).MapCount++;
        foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, address, CallSite.KsmReplace))
        {
            yield return point;
        }

        var entry = PageTableEntry.Of(merged, vma.PageBits);
        foreach (var point in EntryUpdate.SetNotify(mm, op, slot, address, entry, CallSite.KsmReplace))
        {
            yield return point;
        }

        Rmap.RemovePte(mm.Memory, frame);
        mm.Kernel.Put(op, frame);
    }

    /// <summary>
    /// Makes the page read-only and clean; its frame is in the result's Identity, 0 when it is in use otherwise.
    /// </summary>
    /// <remarks>Models <c>write_protect_page</c>; the page is held and locked.</remarks>
    private static IEnumerable<PreemptionPoint> WriteProtect(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, StepResult result)
    {
        var range = mm.Announce(CallSite.KsmWriteProtect, vma, address, address + 4096, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        // Of a huge page that could not be split there is no entry to protect, and a table may go while its lock is awaited.
        if (TryFindPage(mm, address, out _, out _) && mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _))
        {
            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("write_protect_page");
            }

            yield return AddressSpace.Taken("write_protect_page");
            var isSameTable = mm.Tables.TryFind(address, PageTables.PteShift, out var now, out _) && now == slot;
            foreach (var point in isSameTable ? Protect(mm, op, slot, address, result) : [])
            {
                yield return point;
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("write_protect_page");
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> Protect(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, StepResult result)
    {
        var entry = mm.Tables.Read(slot);
        if (!entry.IsMapped || entry.IsSpecial || mm.Memory.OrderOf(PhysicalAddress.OfFrame(entry.Frame)) > 0)
        {
            yield break;
        }

        if (entry.IsWritable || entry.IsDirty || mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive))
        {
            foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, address, CallSite.KsmWriteProtect))
            {
                yield return point;
            }

            if (mm.Memory.State(entry.Frame).RefCount
                != 1 + mm.Memory.State(entry.Frame).MapCount + SwapArea.ReferencesTo(mm.Memory, entry.Frame))
            {
                mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
                yield break;
            }

            mm.Memory.State(entry.Frame).Flags |= entry.IsDirty ? FrameFlags.Dirty : 0;
            mm.Memory.State(entry.Frame).Flags &= ~FrameFlags.AnonExclusive;
            var clean = entry.With(0, PageTableEntry.Writable | PageTableEntry.Dirty);
            foreach (var point in EntryUpdate.SetNotify(mm, op, slot, address, clean, CallSite.KsmWriteProtect))
            {
                yield return point;
            }
        }

        result.Identity = entry.Frame;
    }

    internal static bool TryFindPage(AddressSpace mm, ulong address, out ulong slot, out PageTableEntry entry)
    {
        entry = default;
        var isPte = mm.Tables.TryFind(address, PageTables.PteShift, out slot, out var shift);
        var seen = mm.Tables.Read(slot);
        if (!seen.IsMapped || !(isPte || seen.IsHuge))
        {
            slot = 0;
            return false;
        }

        entry = isPte ? seen : PageTableEntry.Of(
            seen.Frame + ((address & ((1UL << shift) - 1)) >> 12), PageTableEntry.Present);
        return !seen.IsSpecial && !mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Zero);
    }
}
