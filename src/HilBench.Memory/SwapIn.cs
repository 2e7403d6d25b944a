using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>A fault on a swapped page.</summary>
/// <remarks>
/// Models <c>do_swap_page</c>. No notifier: not present becomes present. A store to a page that is still shared goes on
/// to <c>do_wp_page</c> at once.
/// </remarks>
internal static class SwapIn
{
    /// <summary>Since this version a load maps an exclusive page writable.</summary>
    internal const int WritableSince = 611;

    /// <summary>Since this version exclusive pages are marked; before it map and swap counts decided.</summary>
    internal const int ExclusiveSince = 519;

    /// <summary>Since this version a page that only one entry refers to does not enter the swap cache.</summary>
    internal const int SkipsCacheSince = 415;

    /// <summary>Reads the page and maps it. FallsBack in the result: mapped read-only for a store.</summary>
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, bool isWrite,
        StepResult result)
    {
        var kernel = mm.Kernel;
        var swap = kernel.Swap;
        var isCached = swap.TryFind(seen.SwapOffset, out var frame);
        if (isCached)
        {
            SwapReadAhead.Hit(vma, address, swap.TakeReadAhead(seen.SwapOffset));
        }
        else
        {
            isCached = swap.CountOf(seen.SwapOffset) != 1 || kernel.Profile.Version < SkipsCacheSince;
            if (isCached ? !SwapReadAhead.Read(mm, op, vma, address, seen.SwapOffset, out frame)
                : !kernel.TryAllocate(op, vma, address, 0, out frame))
            {
                PageFault.OutOfMemory(op);
                yield break;
            }

            if (!isCached)
            {
                swap.Load(seen.SwapOffset, frame);
            }
        }

        if (isCached)
        {
            kernel.Get(frame);
        }

        yield return new(PreemptionKind.PageCopied, "swap_readpage");
        while (kernel.Memory.State(kernel.Memory.HeadOf(frame)).Has(FrameFlags.Locked) || !mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_swap_page");
        }

        yield return AddressSpace.Taken("do_swap_page");
        if (kernel.Memory.State(frame).Has(FrameFlags.Hwpoison))
        {
            mm.UnlockTable(op, slot);
            kernel.Put(op, frame);
            op.Raise(Signal.Bus, MemoryFailure.ActionRequired);
            yield break;
        }

        var copy = 0UL;
        var isStillCached = !isCached || (kernel.Memory.State(kernel.Memory.HeadOf(frame)).Has(FrameFlags.SwapCache)
            && swap.SlotOf(frame) == seen.SwapOffset);
        if (mm.Tables.Read(slot) == seen && isStillCached)
        {
            var isCopied = isCached && MustCopy(mm, vma, address, frame);
            if (isCopied && !kernel.TryAllocate(op, vma, address, 0, out copy))
            {
                mm.UnlockTable(op, slot);
                kernel.Put(op, frame);
                PageFault.OutOfMemory(op);
                yield break;
            }

            if (isCopied)
            {
                mm.Memory.Copy(frame, copy);
            }

            Map(mm, op, vma, address, slot, seen, isCopied ? copy : frame, isCached && !isCopied, isWrite, result);
            if (isCopied)
            {
                kernel.Put(op, frame);
            }

            yield return AddressSpace.Changed("do_swap_page");
            foreach (var point in mm.InvalidateChanged(op, CallSite.FaultIn, address, PageTables.PteShift))
            {
                yield return point;
            }
        }
        else
        {
            kernel.Put(op, frame);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_swap_page");
    }

    /// <summary>
    /// What was merged and went to swap comes back as a page of one of its addresses: the others get copies.
    /// </summary>
    /// <remarks>Models <c>ksm_might_need_to_copy</c>.</remarks>
    private static bool MustCopy(AddressSpace mm, Vma vma, ulong address, ulong frame)
    {
        var page = mm.Memory.State(mm.Memory.HeadOf(frame));
        return !page.Has(FrameFlags.Ksm) && page.MappingId != 0 && page.Order == 0
            && (page.Index != vma.IndexOf(address) || !vma.AnonVmaChain.Exists(anon => anon.Id == page.MappingId));
    }

    /// <summary>The page carries one reference of ours, which becomes the mapping's.</summary>
    private static void Map(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry entry, ulong frame,
        bool isCached, bool isWrite, StepResult result)
    {
        var swap = mm.Kernel.Swap;
        var head = mm.Memory.HeadOf(frame);
        var isPoolPage = mm.Memory.State(frame).Has(FrameFlags.Ksm);
        var isExclusive = !isCached || (entry.Value & PageTableEntry.SwapExclusive) != 0;
        if (isCached)
        {
            swap.Put(entry.SwapOffset);
        }
        else
        {
            // Somebody's read-ahead may have brought the slot into the cache meanwhile.
            swap.PutAndTrim(op, entry.SwapOffset);
        }

        if (isCached && (vma.Has(VmaFlags.Locked) || (isWrite && mm.Memory.State(head).RefCount == 2)))
        {
            swap.TryFree(op, head);
        }

        isExclusive |= mm.Memory.State(head).RefCount == 1;
        if (mm.Kernel.Profile.Version < ExclusiveSince && isWrite && !isExclusive)
        {
            isExclusive = head == frame && CanReuse(mm, op, frame);
        }

        isExclusive &= !isPoolPage;
        VmaChange.PrepareAnon(mm, vma);
        AddMapping(mm.Memory, frame, vma, address, isExclusive);
        var bits = vma.PageBits
            | ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? PageTableEntry.SoftDirty : 0);
        var isProtected = (entry.Value & PageTableEntry.SwapUffdWp) != 0;
        if (isExclusive && isWrite)
        {
            bits |= PageFault.WriteBits(vma);
        }
        else if (isExclusive && CanMapWritable(mm, vma, bits, isProtected))
        {
            bits |= PageTableEntry.Writable;
        }

        bits = isProtected ? (bits | PageTableEntry.UffdWp) & ~PageTableEntry.Writable : bits;
        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.Of(frame, bits));
        result.FallsBack = isWrite && !isExclusive;
    }

    /// <remarks>Models <c>reuse_swap_page</c>: neither another mapping nor another swap entry.</remarks>
    private static bool CanReuse(AddressSpace mm, CpuOperation op, ulong frame)
    {
        var isAlone = mm.Memory.MapCountOf(PhysicalAddress.OfFrame(frame)) == 0
            && mm.Kernel.Swap.CountOf(mm.Kernel.Swap.SlotOf(frame)) == 0;
        return isAlone && mm.Kernel.Swap.TryFree(op, frame);
    }

    private static bool CanMapWritable(AddressSpace mm, Vma vma, ulong bits, bool isProtected)
    {
        var isTracked = !vma.Has(VmaFlags.SoftDirty) && (bits & PageTableEntry.SoftDirty) == 0;
        return mm.Kernel.Profile.Version >= WritableSince && !isTracked && !isProtected
            && (vma.Protection & Protection.Write) != 0;
    }

    /// <summary>Maps a page that came from swap: a first mapping gives it its place in the reverse map.</summary>
    /// <remarks>Models <c>page_add_anon_rmap</c> and <c>page_add_new_anon_rmap</c>.</remarks>
    internal static void AddMapping(PhysicalMemory memory, ulong frame, Vma vma, ulong address, bool isExclusive)
    {
        ref var page = ref memory.State(memory.HeadOf(frame));
        if (page.MappingId == 0 && !page.Has(FrameFlags.Ksm))
        {
            // A page that others may still fault in belongs to the oldest anon_vma, so that all find it.
            var owner = isExclusive ? vma.AnonVma! : vma.AnonVmaChain[0];
            page.Flags |= FrameFlags.Anonymous | FrameFlags.SwapBacked;
            page.MappingId = owner.Id;
            page.Index = vma.IndexOf(address);
        }

        memory.State(frame).MapCount++;
        memory.State(frame).Flags |= isExclusive ? FrameFlags.AnonExclusive : 0;
    }
}
