using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Write faults on a huge page, or on the huge zero page, that get new pages instead of a split.</summary>
/// <remarks>
/// Models <c>do_huge_pmd_wp_page</c> and <c>do_huge_pmd_wp_page_fallback</c> (to 5.7), and <c>do_huge_zero_wp_pmd</c>
/// (6.13). The entry stays empty until every device was told: no device may see two stores in the wrong order.
/// </remarks>
internal static class HugeCow
{
    /// <summary>Whether this kernel copies, or fills, instead of splitting the entry.</summary>
    public static bool Applies(Kernel kernel, PageTableEntry entry) => kernel.Profile.Has(CallSite.HugeCow)
        || (kernel.Profile.Has(CallSite.HugeZeroWrite) && IsZero(kernel, entry));

    /// <summary>FallsBack in the result: the entry was split, or must be.</summary>
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, StepResult result)
    {
        address &= ~(HugePages.Size - 1);
        var old = IsZero(mm.Kernel, seen) ? 0 : seen.Frame;
        if (LargeFolios.IsAllowed(vma, HugePages.Order) && mm.Kernel.TryAllocate(op, vma, address, HugePages.Order, out var frame))
        {
            for (var i = 0UL; old != 0 && i < HugePages.Pages; i++)
            {
                mm.Memory.Copy(old + i, frame + i);
            }

            yield return new(PreemptionKind.PageCopied, "do_huge_pmd_wp_page");
            foreach (var point in Replace(mm, op, vma, address, slot, seen, frame))
            {
                yield return point;
            }

            yield break;
        }

        var copies = new List<ulong>(HugePages.Pages);
        if (old == 0 || !TryCopyEach(mm, op, vma, address, old, copies))
        {
            foreach (var point in HugePages.Split(mm, op, vma, address))
            {
                yield return point;
            }

            result.FallsBack = true;
            yield break;
        }

        yield return new(PreemptionKind.PageCopied, "do_huge_pmd_wp_page_fallback");
        foreach (var point in ReplaceEach(mm, op, vma, address, slot, seen, copies))
        {
            yield return point;
        }
    }

    private static bool IsZero(Kernel kernel, PageTableEntry entry) =>
        kernel.Memory.State(entry.Frame).Has(FrameFlags.Zero);

    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, ulong frame)
    {
        var site = mm.Kernel.Profile.Has(CallSite.HugeCow) ? CallSite.HugeCow : CallSite.HugeZeroWrite;
        var range = mm.Announce(site, vma, address, address + HugePages.Size, NotifierEvent.Clear);
        foreach (var point in Begin(mm, op, slot, range))
        {
            yield return point;
        }

        var isSame = mm.Tables.Read(slot) == seen;
        if (isSame)
        {
            foreach (var point in HugePages.InvalidateNotify(
                mm, op, site, slot, address, seen, clears: true, removes: true))
            {
                yield return point;
            }

            Rmap.AddNewAnon(mm.Memory, frame, vma, address);
            mm.SetEntry(op, slot, HugePages.Shift, address,
                PageTableEntry.Of(frame, vma.PageBits | PageTableEntry.PageSize).With(PageFault.WriteBits(vma)));
            yield return AddressSpace.Changed("do_huge_pmd_wp_page");
            Unmap(mm, seen);
        }

        foreach (var point in Finish(mm, op, slot, range, isSame ? seen : default))
        {
            yield return point;
        }

        if (!isSame)
        {
            mm.Kernel.Put(op, frame);
        }
    }

    private static bool TryCopyEach(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong old, List<ulong> copies)
    {
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            if (!mm.Kernel.TryAllocate(op, vma, address + (i << 12), 0, out var frame))
            {
                copies.ForEach(copy => mm.Kernel.Put(op, copy));
                return false;
            }

            mm.Memory.Copy(old + i, frame);
            copies.Add(frame);
        }

        return true;
    }

    private static IEnumerable<PreemptionPoint> ReplaceEach(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, List<ulong> copies)
    {
        const CallSite site = CallSite.HugeCowFallback;
        var range = mm.Announce(site, vma, address, address + HugePages.Size, NotifierEvent.Clear);
        foreach (var point in Begin(mm, op, slot, range))
        {
            yield return point;
        }

        var isSame = mm.Tables.Read(slot) == seen;
        if (isSame)
        {
            foreach (var point in HugePages.InvalidateNotify(
                mm, op, site, slot, address, seen, clears: true, removes: true))
            {
                yield return point;
            }

            var table = mm.Deposits[slot >> 12].Pop();
            for (var i = 0; i < HugePages.Pages; i++)
            {
                var at = address + ((ulong)i << 12);
                Rmap.AddNewAnon(mm.Memory, copies[i], vma, at);
                mm.SetEntry(op, (table << 12) + ((ulong)i << 3), PageTables.PteShift, at,
                    PageTableEntry.Of(copies[i], vma.PageBits).With(PageFault.WriteBits(vma)));
            }

            mm.SetEntry(op, slot, HugePages.Shift, address, AddressSpace.TableEntry(table));
            yield return AddressSpace.Changed("do_huge_pmd_wp_page_fallback");
            Unmap(mm, seen);
        }

        foreach (var point in Finish(mm, op, slot, range, isSame ? seen : default))
        {
            yield return point;
        }

        if (!isSame)
        {
            copies.ForEach(copy => mm.Kernel.Put(op, copy));
        }
    }

    private static IEnumerable<PreemptionPoint> Begin(
        AddressSpace mm, CpuOperation op, ulong slot, NotifierRange range)
    {
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_huge_pmd_wp_page");
        }

        yield return AddressSpace.Taken("do_huge_pmd_wp_page");
    }

    private static void Unmap(AddressSpace mm, PageTableEntry old)
    {
        if (!IsZero(mm.Kernel, old))
        {
            mm.Memory.State(old.Frame).EntireMapCount--;
        }
    }

    private static IEnumerable<PreemptionPoint> Finish(
        AddressSpace mm, CpuOperation op, ulong slot, NotifierRange range, PageTableEntry replaced)
    {
        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_huge_pmd_wp_page");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        if (!replaced.IsNone && !IsZero(mm.Kernel, replaced))
        {
            yield return new(PreemptionKind.BeforeFree, "do_huge_pmd_wp_page");
            mm.Kernel.Put(op, replaced.Frame);
        }
    }
}
