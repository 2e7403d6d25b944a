using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Replaces the base pages of shared memory by one huge page of the file, and maps it.</summary>
/// <remarks>Models <c>collapse_file</c>, <c>retract_page_tables</c> and <c>collapse_pte_mapped_thp</c>.</remarks>
internal static class CollapseFile
{
    private const int RetractsAllSince = 606;

    /// <summary>Whether the mapping may have huge pages of its file at all.</summary>
    /// <remarks>Models <c>hugepage_vma_check</c>; khugepaged keeps to what the file system was mounted with.</remarks>
    public static bool IsAllowed(Vma vma, bool isKhugepaged) =>
        vma.File is { Kind: FileKind.SharedMemory } file && !vma.Has(VmaFlags.NoHugePage | VmaFlags.Hugetlb)
        && (!isKhugepaged || file.GivesHugePages) && vma.EndAddress >= HugePages.Size
        && SharedHugePages.Fits(vma, vma.EndAddress - HugePages.Size);

    /// <summary>One huge page. Errno in the result: why it could not be made.</summary>
    public static IEnumerable<PreemptionPoint> One(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isKhugepaged, StepResult result)
    {
        var file = vma.File!;
        var first = vma.IndexOf(address);
        if (file.Pages.TryGetValue(first, out var frame) && file.IsHuge(mm.Memory, frame))
        {
            result.Frame = frame;
        }
        else
        {
            foreach (var point in Make(mm, op, file, first, result))
            {
                yield return point;
            }
        }

        if (result.Frame == 0)
        {
            yield break;
        }

        var retractsAll = isKhugepaged || mm.Kernel.Profile.Version >= RetractsAllSince;
        foreach (var other in retractsAll ? file.Vmas.ToArray() : [vma])
        {
            var isWhole = other.PageOffset <= first
                && SharedHugePages.Fits(other, other.StartAddress + ((first - other.PageOffset) << 12));
            var at = other.StartAddress + ((first - other.PageOffset) << 12);
            if (!isWhole || (other.AnonVma is not null && (other != vma || isKhugepaged)))
            {
                continue;
            }

            foreach (var point in Retract(other, op, at, result, drops: other == vma))
            {
                yield return point;
            }
        }

        if (!isKhugepaged && result.Errno == 0
            && SharedHugePages.CanMap(mm, op, vma, address, result.Frame, out var slot))
        {
            foreach (var point in SharedHugePages.Map(mm, op, vma, address, slot, result.Frame, isWrite: false))
            {
                yield return point;
            }
        }
    }

    /// <summary>Unmaps the base pages everywhere, copies them, and puts the huge page in their place.</summary>
    private static IEnumerable<PreemptionPoint> Make(
        AddressSpace mm, CpuOperation op, MemoryFile file, ulong first, StepResult result)
    {
        var kernel = mm.Kernel;
        var old = file.Pages.Where(page => page.Key >= first && page.Key < first + HugePages.Pages).ToArray();
        result.Errno = old.Length == 0 ? ErrorNumber.Invalid : old.Any(page => !IsFree(mm, page.Value)) ? ErrorNumber.Again : 0;
        if (result.Errno != 0)
        {
            yield break;
        }

        if (!kernel.TryAllocate(op, HugePages.Order, out var huge))
        {
            result.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        kernel.Memory.State(huge).Node =
            CollapseMemory.NodeOfMost(old.Select(page => kernel.Memory.NodeOf(PhysicalAddress.OfFrame(page.Value))));

        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("collapse_file");
        }

        yield return AddressSpace.Taken("collapse_file");
        var batch = new UnmapBatch();
        var request = new UnmapRequest(UnmapMode.Reclaim, Batch: batch);
        foreach (var (_, frame) in old)
        {
            foreach (var (vma, start, end) in
                kernel.Memory.State(frame).MapCount > 0 ? Rmap.Mappings(kernel, frame) : [])
            {
                foreach (var point in RmapUnmap.One(op, vma, frame, start, end, request, new StepResult()))
                {
                    yield return point;
                }

                if (kernel.Memory.State(frame).MapCount == 0)
                {
                    break;
                }
            }
        }

        foreach (var point in batch.Flush(op))
        {
            yield return point;
        }

        kernel.LeaveRmap(op);
        if (old.Any(page => kernel.Memory.State(page.Value).RefCount != 1 || file.Pages[page.Key] != page.Value))
        {
            kernel.Put(op, huge);
            result.Errno = ErrorNumber.Again;
            yield break;
        }

        foreach (var (index, frame) in old)
        {
            kernel.Memory.Copy(frame, huge + (index - first));
            kernel.Memory.State(frame).MappingId = 0;
        }

        SharedHugePages.Add(kernel, file, first, huge);
        kernel.Memory.State(huge).Flags |= FrameFlags.Dirty;
        result.Frame = huge;
        yield return new(PreemptionKind.PageCopied, "collapse_file");
        foreach (var (_, frame) in old)
        {
            kernel.Put(op, frame);
        }
    }

    private static bool IsFree(AddressSpace mm, ulong frame)
    {
        ref var page = ref mm.Memory.State(frame);
        return page.Order == 0 && !page.Has(FrameFlags.Tail | FrameFlags.Locked) && page.RefCount == 1 + page.MapCount;
    }

    /// <summary>
    /// Takes away a table whose entries are empty, or (where that is wanted) map nothing but the huge page, so that the huge
    /// page can be mapped whole.
    /// </summary>
    private static IEnumerable<PreemptionPoint> Retract(
        Vma vma, CpuOperation op, ulong address, StepResult result, bool drops)
    {
        var mm = vma.Mm;
        if (!mm.Tables.TryFind(address, PageTables.PmdShift, out var slot, out _)
            || mm.Tables.Read(slot).IsHuge || !mm.Tables.Read(slot).IsPresent)
        {
            yield break;
        }

        if (!IsOnlyHuge(mm, slot, drops ? result.Frame : 0))
        {
            result.Errno = drops ? ErrorNumber.Invalid : result.Errno;
            yield break;
        }

        while (!mm.Kernel.TryEnterRmap(op, write: true))
        {
            yield return AddressSpace.Waiting("retract_page_tables");
        }

        var range = mm.Announce(
            CallSite.CollapseFile, vma: null, address, address + HugePages.Size, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("retract_page_tables");
        }

        yield return AddressSpace.Taken("retract_page_tables");
        var table = mm.Tables.Read(slot).Frame;
        var dropped = DropEntries(mm, op, table, address);
        mm.SetEntry(op, slot, PageTables.PmdShift, address, default);
        yield return AddressSpace.Changed("pmdp_collapse_flush");
        foreach (var point in mm.FlushCpuTlb(op, CallSite.CollapseFile, address, address + HugePages.Size))
        {
            yield return point;
        }

        foreach (var point in mm.InvalidateChanged(op, CallSite.CollapseFile, address, PageTables.PmdShift))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("retract_page_tables");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        mm.Kernel.LeaveRmap(op);
        mm.Kernel.Put(op, table);
        if (dropped > 0)
        {
            mm.Kernel.Put(op, result.Frame, dropped);
        }
    }

    private static bool IsOnlyHuge(AddressSpace mm, ulong pmd, ulong head)
    {
        var table = mm.Tables.Read(pmd).Frame << 12;
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            var entry = mm.Tables.Read(table + (i << 3));
            if (!entry.IsNone && !(entry.IsMapped && head != 0 && entry.Frame == head + i))
            {
                return false;
            }
        }

        return true;
    }

    private static int DropEntries(AddressSpace mm, CpuOperation op, ulong table, ulong address)
    {
        var dropped = 0;
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            var slot = (table << 12) + (i << 3);
            var entry = mm.Tables.Read(slot);
            if (!entry.IsNone)
            {
                mm.SetEntry(op, slot, PageTables.PteShift, address + (i << 12), default, keepsFrames: true);
                Rmap.RemovePte(mm.Memory, entry.Frame);
                dropped++;
            }
        }

        return dropped;
    }
}
