using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Brings everything back from swap.</summary>
/// <remarks>
/// Models <c>try_to_unuse</c>, <c>unuse_pte_range</c> and <c>unuse_pte</c>: pages come back old, clean and read-only.
/// </remarks>
internal static class SwapOff
{
    public static IEnumerable<PreemptionPoint> Run(Kernel kernel, CpuOperation op)
    {
        foreach (var mm in kernel.AddressSpaces.Where(mm => !mm.HasExited).ToArray())
        {
            while (!mm.TryLockMmap(op, write: false))
            {
                yield return AddressSpace.Waiting("unuse_mm");
            }

            yield return AddressSpace.Taken("unuse_mm");
            foreach (var vma in mm.VmaList.Items.Where(vma => vma.AnonVma is not null).ToArray())
            {
                foreach (var point in Mapping(mm, op, vma))
                {
                    yield return point;
                }
            }

            mm.UnlockMmap(op);
            yield return AddressSpace.Dropped("unuse_mm");
        }

        foreach (var frame in kernel.Swap.CachedPages())
        {
            while (kernel.Memory.State(kernel.Memory.HeadOf(frame)) is var page
                && page.Has(FrameFlags.SwapCache) && page.Has(FrameFlags.Locked))
            {
                yield return AddressSpace.Waiting("try_to_unuse");
            }

            kernel.Swap.TryFree(op, kernel.Memory.HeadOf(frame));
        }
    }

    private static IEnumerable<PreemptionPoint> Mapping(AddressSpace mm, CpuOperation op, Vma vma)
    {
        for (var at = vma.StartAddress; at < vma.EndAddress && op.Errno == 0;)
        {
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out var stop))
            {
                at = UnmapPages.NextBoundary(at, stop);
                continue;
            }

            var entry = mm.Tables.Read(slot);
            if (entry.IsSwap && entry.SwapType == SwapType.Swap)
            {
                foreach (var point in Page(mm, op, vma, at, slot, entry))
                {
                    yield return point;
                }
            }

            at += 4096;
        }
    }

    private static IEnumerable<PreemptionPoint> Page(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen)
    {
        var swap = mm.Kernel.Swap;
        if (!swap.TryFind(seen.SwapOffset, out var frame)
            && !SwapReadAhead.Read(mm, op, vma, address, seen.SwapOffset, out frame))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        mm.Kernel.Get(frame);
        yield return new(PreemptionKind.PageCopied, "swap_readpage");
        while (mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.Locked) || !mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("unuse_pte");
        }

        yield return AddressSpace.Taken("unuse_pte");
        var isStillThere = mm.Tables.Read(slot) == seen
            && mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.SwapCache);
        if (isStillThere)
        {
            Map(mm, op, vma, address, slot, seen, frame);
            yield return AddressSpace.Changed("unuse_pte");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("unuse_pte");
        if (isStillThere)
        {
            swap.TryFree(op, mm.Memory.HeadOf(frame));
        }
        else
        {
            mm.Kernel.Put(op, frame);
        }
    }

    private static void Map(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry entry, ulong frame)
    {
        var isExclusive = (entry.Value & PageTableEntry.SwapExclusive) != 0;
        SwapIn.AddMapping(mm.Memory, frame, vma, address, isExclusive);
        var isProtected = (entry.Value & PageTableEntry.SwapUffdWp) != 0;
        var bits = (vma.PageBits & ~PageTableEntry.Accessed)
            | ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? PageTableEntry.SoftDirty : 0)
            | (isProtected ? PageTableEntry.UffdWp : 0);
        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.Of(frame, bits));
        mm.Kernel.Swap.Put(entry.SwapOffset);
    }
}
