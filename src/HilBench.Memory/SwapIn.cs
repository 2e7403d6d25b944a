using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>A fault on a swapped page.</summary>
/// <remarks>Models <c>do_swap_page</c>. No notifier: not present becomes present.</remarks>
internal static class SwapIn
{
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, bool isWrite)
    {
        if (!mm.Kernel.TryAllocate(op, 0, out var frame))
        {
            PageFault.OutOfMemory(op);
            yield break;
        }

        mm.Kernel.Swap.Load(mm.Memory, seen.SwapOffset, frame);
        yield return new(PreemptionKind.PageCopied, "do_swap_page");
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_swap_page");
        }

        yield return AddressSpace.Taken("do_swap_page");
        var entry = mm.Tables.Read(slot);
        if (entry == seen)
        {
            Map(mm, op, vma, address, slot, entry, frame, isWrite);
            yield return AddressSpace.Changed("do_swap_page");
            foreach (var point in mm.InvalidateChanged(op, CallSite.FaultIn, address, PageTables.PteShift))
            {
                yield return point;
            }
        }
        else
        {
            mm.Kernel.Put(op, frame);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_swap_page");
    }

    private static void Map(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry entry, ulong frame,
            bool isWrite)
    {
        var isExclusive = (entry.Value & PageTableEntry.SwapExclusive) != 0
            || mm.Kernel.Swap.CountOf(entry.SwapOffset) == 1;
        VmaChange.PrepareAnon(mm, vma);
        Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        if (!isExclusive)
        {
            mm.Memory.State(frame).Flags &= ~FrameFlags.AnonExclusive;
        }

        mm.Kernel.Swap.Put(entry.SwapOffset);
        var bits = vma.PageBits
            | ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? PageTableEntry.SoftDirty : 0)
            | ((entry.Value & PageTableEntry.SwapUffdWp) != 0 ? PageTableEntry.UffdWp : 0)
            | (isWrite && isExclusive ? PageFault.WriteBits(vma) : 0);
        var isTracked = !vma.Has(VmaFlags.SoftDirty) && (bits & PageTableEntry.SoftDirty) == 0;
        if (mm.Kernel.Profile.Version >= 611 && isExclusive && !isTracked && (vma.Protection & Protection.Write) != 0)
        {
            bits |= PageTableEntry.Writable;
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.Of(frame, bits));
    }
}
