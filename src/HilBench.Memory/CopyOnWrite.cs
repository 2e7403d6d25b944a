using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The copying write fault.</summary>
/// <remarks>Models <c>wp_page_copy</c>.</remarks>
internal static class CopyOnWrite
{
    /// <summary>
    /// Copies the page under <paramref name="seen"/>; <paramref name="old"/> carries a reference (0: the zero page).
    /// </summary>
    public static IEnumerable<PreemptionPoint> Copy(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, ulong old,
        bool unshares = false)
    {
        VmaChange.PrepareAnon(mm, vma);
        if (!mm.Kernel.TryAllocate(op, vma, address, 0, out var frame))
        {
            PageFault.OutOfMemory(op);
            if (old != 0)
            {
                mm.Kernel.Put(op, old);
            }

            yield break;
        }

        if (old != 0)
        {
            mm.Memory.Copy(old, frame);
            yield return new(PreemptionKind.PageCopied, "wp_page_copy");
        }

        var range = mm.Announce(Site(old), vma, address, address + 4096, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("wp_page_copy");
        }

        yield return AddressSpace.Taken("wp_page_copy");
        var drops = old != 0 ? 1 : 0;
        var now = mm.Tables.Read(slot);
        var isSame = now.Frame == seen.Frame && now.IsMapped && now.IsPresent == seen.IsPresent && !now.IsWritable;
        if (isSame)
        {
            var bits = unshares ? seen.Value & PageTableEntry.SoftDirty : PageFault.WriteBits(vma);
            var entry = PageTableEntry.Of(frame, vma.PageBits).With(bits);
            foreach (var point in Replace(mm, op, vma, address, slot, frame, entry, Site(old)))
            {
                yield return point;
            }

            if (old != 0)
            {
                Rmap.RemovePte(mm.Memory, old);
                drops++;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("wp_page_copy");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        if (!isSame)
        {
            mm.Kernel.Put(op, frame);
        }

        if (drops > 0)
        {
            yield return new(PreemptionKind.BeforeFree, "wp_page_copy");
            mm.Kernel.Swap.Trim(op, mm.Memory.HeadOf(old));
            mm.Kernel.Put(op, old, drops);
        }
    }

    /// <summary>Clear, flush, and only then the new entry: no device may see the two in the wrong order.</summary>
    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, ulong frame, PageTableEntry entry,
        CallSite site)
    {
        foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, address, site))
        {
            yield return point;
        }

        Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        foreach (var point in EntryUpdate.SetNotify(mm, op, slot, address, entry, site))
        {
            yield return point;
        }
    }

    private static CallSite Site(ulong old) => old == 0 ? CallSite.ZeroPageWrite : CallSite.Cow;
}
