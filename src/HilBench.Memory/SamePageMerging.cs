using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>KSM: pages of equal contents in mappings that ask for it become one read-only page.</summary>
/// <remarks>
/// Models <c>mm/ksm.c</c>: compare only after the page was write-protected and its range ended, so that no device write
/// slips between compare and merge. Merged pages are neither migrated nor reclaimed here.
/// </remarks>
internal static class SamePageMerging
{
    internal const int UnshareSince = 602;

    /// <summary>One full scan of all processes, in the order in which they were made.</summary>
    public static IEnumerable<PreemptionPoint> Scan(Kernel kernel, CpuOperation op)
    {
        var trees = new MergeTrees(kernel.Memory);
        FindMerged(kernel, trees);
        foreach (var mm in kernel.AddressSpaces.Where(mm => !mm.HasExited).ToArray())
        {
            while (!mm.TryLockMmap(op, write: false))
            {
                yield return AddressSpace.Waiting("ksm_do_scan");
            }

            foreach (var vma in mm.VmaList.Items.Where(vma => vma.Has(VmaFlags.Mergeable)).ToArray())
            {
                for (var at = vma.StartAddress; at < vma.EndAddress; at += 4096)
                {
                    foreach (var point in Page(kernel, op, trees, vma, at))
                    {
                        yield return point;
                    }
                }
            }

            mm.UnlockMmap(op);
            yield return AddressSpace.Dropped("ksm_do_scan");
        }
    }

    private static void FindMerged(Kernel kernel, MergeTrees trees)
    {
        foreach (var vma in kernel.AddressSpaces.SelectMany(mm => mm.Vmas).Where(vma => vma.Has(VmaFlags.Mergeable)))
        {
            for (var at = vma.StartAddress; at < vma.EndAddress; at += 4096)
            {
                if (TryFindPage(vma.Mm, at, out _, out var entry)
                    && kernel.Memory.State(entry.Frame).Has(FrameFlags.Ksm))
                {
                    trees.AddStable(entry.Frame);
                }
            }
        }
    }

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
    }

    /// <remarks>Models <c>cmp_and_merge_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Page(
        Kernel kernel, CpuOperation op, MergeTrees trees, Vma vma, ulong address)
    {
        if (!TryFindPage(vma.Mm, address, out _, out var entry)
            || !kernel.Memory.State(kernel.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Anonymous))
        {
            yield break;
        }

        if (kernel.Memory.State(entry.Frame).Has(FrameFlags.Ksm))
        {
            yield break;
        }

        if (trees.TryFindStable(entry.Frame, out var merged))
        {
            foreach (var point in MergeInto(kernel, op, vma, address, merged))
            {
                yield return point;
            }

            yield break;
        }

        if (!trees.TryTakeUnstable(entry.Frame, out var other))
        {
            trees.AddUnstable(entry.Frame, vma, address);
            yield break;
        }

        var head = kernel.Memory.HeadOf(entry.Frame);
        if (head == kernel.Memory.HeadOf(other.Frame))
        {
            // Two parts of one huge page: it is split now, and this part is merged in a later scan.
            foreach (var point in SplitFolio.Page(kernel, op, head, new StepResult()))
            {
                yield return point;
            }

            trees.AddUnstable(other.Frame, other.Vma, other.Address);
            yield break;
        }

        var result = new StepResult();
        foreach (var point in WriteProtect(vma.Mm, op, vma, address, result))
        {
            yield return point;
        }

        var isStillThere = TryFindPage(vma.Mm, address, out _, out var now) && now.Frame == result.Identity;
        if (result.Identity != 0 && isStillThere)
        {
            var frame = result.Identity;
            kernel.Memory.State(frame).Flags |= FrameFlags.Ksm;
            kernel.Memory.State(frame).MappingId = 0;
            trees.AddStable(frame);
            foreach (var point in MergeInto(kernel, op, other.Vma, other.Address, frame))
            {
                yield return point;
            }
        }
    }

    /// <summary>Merges a page into a merged one, which is held meanwhile: it may be gone already.</summary>
    private static IEnumerable<PreemptionPoint> MergeInto(
        Kernel kernel, CpuOperation op, Vma vma, ulong address, ulong merged)
    {
        if (!kernel.Memory.State(merged).Has(FrameFlags.Ksm) || kernel.Memory.State(merged).RefCount == 0)
        {
            yield break;
        }

        kernel.Get(merged);
        foreach (var point in MergeHeld(kernel, op, vma, address, merged))
        {
            yield return point;
        }

        kernel.Put(op, merged);
    }

    private static IEnumerable<PreemptionPoint> MergeHeld(
        Kernel kernel, CpuOperation op, Vma vma, ulong address, ulong merged)
    {
        var mm = vma.Mm;
        var result = new StepResult();
        foreach (var point in WriteProtect(mm, op, vma, address, result))
        {
            yield return point;
        }

        var frame = result.Identity;
        if (frame == 0 || frame == merged || !kernel.Memory.ContentEquals(frame, merged)
            || !TryFindPage(mm, address, out var slot, out var entry) || entry.Frame != frame)
        {
            yield break;
        }

        kernel.Get(frame);
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

        yield return new(PreemptionKind.BeforeFree, "replace_page");
        kernel.Put(op, frame);
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
        mm.Kernel.Swap.Trim(op, frame);
        mm.Kernel.Put(op, frame);
    }

    /// <summary>
    /// Makes the page read-only and clean; its frame is in the result's Identity, 0 when it is in use otherwise.
    /// </summary>
    /// <remarks>Models <c>write_protect_page</c>; a huge page is split first.</remarks>
    private static IEnumerable<PreemptionPoint> WriteProtect(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, StepResult result)
    {
        if (mm.Tables.TryWalk(new(address), out var walk) && mm.Memory.OrderOf(walk.Page) > 0)
        {
            foreach (var point in SplitFolio.Page(mm.Kernel, op, mm.Memory.HeadOf(walk.Page.Frame), new StepResult()))
            {
                yield return point;
            }
        }

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
                != mm.Memory.State(entry.Frame).MapCount + SwapArea.ReferencesTo(mm.Memory, entry.Frame))
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

    private static bool TryFindPage(AddressSpace mm, ulong address, out ulong slot, out PageTableEntry entry)
    {
        entry = default;
        if (!mm.Tables.TryWalk(new(address), out var walk))
        {
            slot = 0;
            return false;
        }

        slot = walk.EntryAddress.Value;
        entry = walk.SizeShift == PageTables.PteShift
            ? walk.Entry : PageTableEntry.Of(walk.Translate(new(address)).Frame, PageTableEntry.Present);
        return !walk.Entry.IsSpecial && !mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Zero);
    }
}
