using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Replaces 512 base pages by one huge page: madvise COLLAPSE and khugepaged.</summary>
/// <remarks>Models <c>hpage_collapse_scan_pmd</c> and <c>collapse_huge_page</c> for anonymous memory.</remarks>
internal static class CollapseMemory
{
    /// <summary>More pages than that khugepaged does not read from swap (max_ptes_swap); madvise reads all.</summary>
    private const int SwappedMax = (int)HugePages.Pages / 8;

    /// <summary>Every whole huge page of a range within one mapping.</summary>
    public static IEnumerable<PreemptionPoint> Range(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, bool isKhugepaged)
    {
        if (vma.File is not null)
        {
            foreach (var point in File(mm, op, vma, start, end, isKhugepaged))
            {
                yield return point;
            }

            yield break;
        }

        if (vma.Has(VmaFlags.NoHugePage | VmaFlags.Hugetlb) || !HasRoom(vma))
        {
            op.Errno = isKhugepaged ? 0 : ErrorNumber.Invalid;
            yield break;
        }

        var first = (start + HugePages.Size - 1) & ~(HugePages.Size - 1);
        if (first > (end & ~(HugePages.Size - 1)) && !isKhugepaged)
        {
            op.Errno = ErrorNumber.Invalid;
        }

        for (var at = first; at + HugePages.Size <= end; at += HugePages.Size)
        {
            var result = new StepResult();
            foreach (var point in Scan(mm, op, at, isKhugepaged, result))
            {
                yield return point;
            }

            if (result.FallsBack)
            {
                op.Errno = isKhugepaged ? 0 : result.Errno;
                continue;
            }

            foreach (var point in result.IsReferenced ? Collapse(mm, op, vma, at) : [])
            {
                yield return point;
            }
        }
    }

    private static IEnumerable<PreemptionPoint> File(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, bool isKhugepaged)
    {
        if (!CollapseFile.IsAllowed(vma, isKhugepaged))
        {
            op.Errno = isKhugepaged ? 0 : ErrorNumber.Invalid;
            yield break;
        }

        var first = (start + HugePages.Size - 1) & ~(HugePages.Size - 1);
        if (first > (end & ~(HugePages.Size - 1)) && !isKhugepaged)
        {
            op.Errno = ErrorNumber.Invalid;
        }

        for (var at = first; at + HugePages.Size <= end; at += HugePages.Size)
        {
            var result = new StepResult();
            foreach (var point in CollapseFile.One(mm, op, vma, at, isKhugepaged, result))
            {
                yield return point;
            }

            op.Errno = isKhugepaged ? 0 : result.Errno == 0 ? op.Errno : result.Errno;
        }
    }

    /// <summary>
    /// Whether the last whole huge page of the mapping's addresses lies in it (transhuge_vma_suitable).
    /// </summary>
    private static bool HasRoom(Vma vma) =>
        vma.EndAddress >= HugePages.Size
            && ((vma.EndAddress - HugePages.Size) & ~(HugePages.Size - 1)) >= vma.StartAddress;

    /// <summary>khugepaged's pass over the mappings that want huge pages.</summary>
    public static IEnumerable<PreemptionPoint> Khugepaged(AddressSpace mm, CpuOperation op)
    {
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("khugepaged");
        }

        yield return AddressSpace.Taken("khugepaged");
        foreach (var vma in mm.VmaList.Items.Where(vma => vma.Has(VmaFlags.HugePage)).ToArray())
        {
            foreach (var point in Range(mm, op, vma, vma.StartAddress, vma.EndAddress, isKhugepaged: true))
            {
                yield return point;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("khugepaged");
    }

    /// <summary>
    /// IsReferenced in the result: worth it. FallsBack: not possible. Neither: a huge page is there already.
    /// </summary>
    private static IEnumerable<PreemptionPoint> Scan(
        AddressSpace mm, CpuOperation op, ulong address, bool isKhugepaged, StepResult result)
    {
        if (!mm.Tables.TryFind(address, PageTables.PteShift, out var first, out var stop))
        {
            result.FallsBack = stop != PageTables.PmdShift || !mm.Tables.Read(first).IsHuge;
            result.Errno = ErrorNumber.Invalid;
            yield break;
        }

        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("hpage_collapse_scan_pmd");
        }

        var (isWritable, referenced, swapped) = (false, 0, 0);
        for (var i = 0UL; i < HugePages.Pages && !result.FallsBack; i++)
        {
            var entry = mm.Tables.Read(first + (i << 3));
            if (entry.IsNone || entry.IsSpecial)
            {
                continue;
            }

            isWritable |= entry.IsWritable;
            if (entry is { IsSwap: true, SwapType: SwapType.Swap }
                && (entry.Value & PageTableEntry.SwapUffdWp) == 0 && (!isKhugepaged || ++swapped <= SwappedMax))
            {
                continue;
            }

            if (!entry.IsMapped || !IsFree(mm, entry.Frame))
            {
                result.FallsBack = true;
                result.Errno = ErrorNumber.Again;
            }
            else if (isKhugepaged && !entry.IsAccessed)
            {
                var at = new VirtualAddress(address + (i << 12));
                foreach (var point in mm.Notifiers.Young(op.Context, NotifierCallback.TestYoung, at, at.Add(1)))
                {
                    yield return point;
                }

                referenced += op.Context.StartResult != 0 ? 1 : 0;
                foreach (var point in mm.InvalidateChanged(op, CallSite.Aging, at.Value, PageTables.PteShift))
                {
                    yield return point;
                }
            }
            else
            {
                referenced++;
            }
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Dropped("hpage_collapse_scan_pmd");
        var isReferenced = !isKhugepaged || (referenced > 0 && (swapped == 0 || referenced >= (int)HugePages.Pages / 2));
        if (!result.FallsBack && !(isWritable && isReferenced))
        {
            result.FallsBack = true;
            result.Errno = ErrorNumber.Invalid;
        }

        result.IsReferenced = isReferenced;
    }

    private static bool IsFree(AddressSpace mm, ulong frame)
    {
        var head = mm.Memory.HeadOf(frame);
        ref var page = ref mm.Memory.State(head);
        return page.Has(FrameFlags.Anonymous) && !page.Has(FrameFlags.Locked)
            && page.RefCount == Rmap.TotalMapCount(mm.Memory, head) + SwapArea.ReferencesTo(mm.Memory, head);
    }

    /// <summary>What lies in swap is read and mapped first.</summary>
    /// <remarks>Models <c>__collapse_huge_page_swapin</c>.</remarks>
    private static IEnumerable<PreemptionPoint> SwapInAll(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        for (var at = address; at < address + HugePages.Size && op.Signal == Signal.None; at += 4096)
        {
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _)
                || mm.Tables.Read(slot) is not { IsSwap: true, SwapType: SwapType.Swap } entry)
            {
                continue;
            }

            foreach (var point in SwapIn.Run(mm, op, vma, at, slot, entry, isWrite: false, new StepResult()))
            {
                yield return point;
            }
        }
    }

    /// <summary>The huge page lies where most of the pages lay; where the numbers are equal, on the lower node.</summary>
    /// <remarks>Models <c>hpage_collapse_find_target_node</c>.</remarks>
    internal static byte NodeOfMost(IEnumerable<byte> nodes)
    {
        Span<int> load = stackalloc int[Kernel.Nodes];
        foreach (var node in nodes)
        {
            load[node]++;
        }

        return load[Kernel.RemoteNode] > load[Kernel.LocalNode] ? Kernel.RemoteNode : Kernel.LocalNode;
    }

    private static byte TargetNode(AddressSpace mm, ulong address)
    {
        var nodes = new List<byte>();
        for (var at = address; at < address + HugePages.Size; at += 4096)
        {
            if (mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _)
                && mm.Tables.Read(slot) is { IsMapped: true, IsSpecial: false } entry)
            {
                nodes.Add(mm.Memory.NodeOf(PhysicalAddress.OfFrame(entry.Frame)));
            }
        }

        return NodeOfMost(nodes);
    }

    private static IEnumerable<PreemptionPoint> Collapse(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        if (!mm.Kernel.TryAllocate(op, HugePages.Order, out var frame))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        mm.Kernel.LazyFreed.Drain();
        mm.Memory.State(frame).Node = TargetNode(mm, address);
        foreach (var point in SwapInAll(mm, op, vma, address))
        {
            yield return point;
        }

        if (op.Signal != Signal.None)
        {
            op.Raise(Signal.None, 0);
            op.Errno = ErrorNumber.Invalid;
            mm.Kernel.Put(op, frame);
            yield break;
        }

        while (!mm.Kernel.TryEnterRmap(op, write: true))
        {
            yield return AddressSpace.Waiting("collapse_huge_page");
        }

        var range = mm.Announce(
            CallSite.CollapseAnon, vma: null, address, address + HugePages.Size, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        mm.Tables.TryFind(address, PageTables.PmdShift, out var slot, out _);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("collapse_huge_page");
        }

        yield return AddressSpace.Taken("collapse_huge_page");
        var table = mm.Tables.Read(slot).Frame;
        mm.SetEntry(op, slot, PageTables.PmdShift, address, default);
        yield return AddressSpace.Changed("pmdp_collapse_flush");
        foreach (var point in mm.FlushCpuTlb(op, CallSite.CollapseAnon, address, address + HugePages.Size))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateChanged(op, CallSite.CollapseAnon, address, PageTables.PmdShift))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("collapse_huge_page");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        // A migration under way must find its entries again: the reverse map stays closed until the table is back or empty.
        var canCopy = CanCopy(mm, table);
        if (!canCopy)
        {
            mm.SetEntry(op, slot, PageTables.PmdShift, address, AddressSpace.TableEntry(table));
        }

        mm.Kernel.LeaveRmap(op);
        if (!canCopy)
        {
            mm.Kernel.Put(op, frame);
            op.Errno = ErrorNumber.Again;
            yield return AddressSpace.Changed("collapse_huge_page");
            yield break;
        }

        foreach (var point in Fill(mm, op, vma, address, slot, table, frame))
        {
            yield return point;
        }
    }

    /// <summary>Whether every page of the detached table is still ours alone (__collapse_huge_page_isolate).</summary>
    private static bool CanCopy(AddressSpace mm, ulong table)
    {
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            var entry = mm.Tables.Read((table << 12) + (i << 3));
            if (!entry.IsNone && !entry.IsSpecial && !(entry.IsMapped && IsFree(mm, entry.Frame)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the pages into the huge one, maps it, and frees them.</summary>
    private static IEnumerable<PreemptionPoint> Fill(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, ulong table, ulong frame)
    {
        var old = new List<ulong>();
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            var pte = (table << 12) + (i << 3);
            var entry = mm.Tables.Read(pte);
            if (entry.IsMapped && !entry.IsSpecial)
            {
                mm.Memory.Copy(entry.Frame, frame + i);
                Rmap.RemovePte(mm.Memory, entry.Frame);
                mm.Memory.State(entry.Frame).Flags &= ~FrameFlags.AnonExclusive;
                old.Add(entry.Frame);
            }

            mm.SetEntry(op, pte, PageTables.PteShift, address + (i << 12), default, keepsFrames: true);
        }

        yield return new(PreemptionKind.PageCopied, "__collapse_huge_page_copy");
        VmaChange.PrepareAnon(mm, vma);
        Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("collapse_huge_page");
        }

        HugePages.DepositTable(mm, slot, table);
        mm.SetEntry(op, slot, PageTables.PmdShift, address,
            PageTableEntry.Of(frame, vma.PageBits | PageTableEntry.PageSize).With(PageFault.WriteBits(vma)));
        yield return AddressSpace.Changed("collapse_huge_page");
        mm.UnlockTable(op, slot);
        yield return new(PreemptionKind.BeforeFree, "collapse_huge_page");
        foreach (var page in old)
        {
            mm.Kernel.Swap.Trim(op, mm.Memory.HeadOf(page));
            mm.Kernel.Put(op, page);
        }
    }
}
