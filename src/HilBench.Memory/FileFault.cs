using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Faults on mappings of files and shared memory.</summary>
/// <remarks>
/// Models <c>do_read_fault</c>, <c>do_cow_fault</c>, <c>do_shared_fault</c> and <c>filemap_map_pages</c>.
/// </remarks>
internal static class FileFault
{
    internal const ulong AroundBytes = 16 * 4096;

    public static IEnumerable<PreemptionPoint> Handle(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite)
    {
        if (isWrite && vma.IsCow)
        {
            VmaChange.PrepareAnon(mm, vma);
        }

        var index = vma.IndexOf(address);
        if ((ulong)index << 12 >= vma.File!.SizeBytes)
        {
            foreach (var point in isWrite ? [] : Around(mm, op, vma, address))
            {
                yield return point;
            }

            op.Raise(Signal.Bus, 2);
            yield break;
        }

        if (vma.Has(VmaFlags.UffdMinor) && vma.File.Pages.ContainsKey(index))
        {
            op.Raise(Signal.Bus, 2);
            yield break;
        }

        Readahead.AtFault(mm, op, vma, index);
        if (!vma.File.Pages.ContainsKey(index))
        {
            SharedHugePages.TryAdd(mm, op, vma, address);
        }

        if (!TryGetPage(mm, op, vma.File, index, out var page))
        {
            PageFault.OutOfMemory(op);
            yield break;
        }

        if (!(isWrite && vma.IsCow) && SharedHugePages.CanMap(mm, op, vma, address, page, out var pmd))
        {
            foreach (var point in SharedHugePages.Map(
                mm, op, vma, address, pmd, mm.Memory.HeadOf(page), isWrite))
            {
                yield return point;
            }

            yield break;
        }

        if (!mm.TryMakeTables(op, address, PageTables.PteShift, out var slot))
        {
            PageFault.OutOfMemory(op);
            yield break;
        }

        if (mm.Memory.State(page).Has(FrameFlags.Hwpoison))
        {
            op.Raise(Signal.Bus, MemoryFailure.ActionRequired);
            yield break;
        }

        mm.Kernel.Get(page);
        if (isWrite && vma.IsShared)
        {
            mm.Memory.State(mm.Memory.HeadOf(page)).Flags |= FrameFlags.Dirty;
            mm.Memory.State(mm.Memory.HeadOf(page)).Flags &= ~FrameFlags.Readahead;
        }

        var copy = 0UL;
        if (isWrite && vma.IsCow)
        {
            if (!mm.Kernel.TryAllocate(op, vma, address, 0, out copy))
            {
                mm.Kernel.Put(op, page);
                PageFault.OutOfMemory(op);
                yield break;
            }

            mm.Memory.Copy(page, copy);
            yield return new(PreemptionKind.PageCopied, "do_cow_fault");
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("finish_fault");
        }

        yield return AddressSpace.Taken("finish_fault");
        if (!isWrite)
        {
            MapAround(mm, op, vma, address);
        }

        if (mm.Tables.Read(slot).IsNone)
        {
            Map(mm, op, vma, address, slot, page, copy, isWrite);
            yield return AddressSpace.Changed("finish_fault");
            foreach (var point in mm.InvalidateChanged(op, CallSite.FaultIn, address, PageTables.PteShift))
            {
                yield return point;
            }
        }
        else if (copy != 0)
        {
            mm.Kernel.Put(op, copy);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("finish_fault");
        mm.Kernel.Put(op, page);
    }

    /// <summary>The page of a file at an offset; a fresh one when it has none yet.</summary>
    internal static bool TryGetPage(AddressSpace mm, CpuOperation op, MemoryFile file, ulong index, out ulong frame)
    {
        if (file.Pages.TryGetValue(index, out frame))
        {
            return true;
        }

        if (!mm.Kernel.TryAllocate(op, file, index, 0, out frame))
        {
            return false;
        }

        ref var page = ref mm.Memory.State(frame);
        page.MappingId = file.Id;
        page.Index = index;
        page.Flags |= file.Kind == FileKind.SharedMemory ? FrameFlags.SwapBacked : 0;
        file.Pages.Add(index, frame);
        if (file.Stored.Remove(index, out var content))
        {
            mm.Memory.Write(PhysicalAddress.OfFrame(frame), content);
        }

        return true;
    }

    private static void Map(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, ulong page, ulong copy, bool isWrite)
    {
        if (copy != 0)
        {
            Rmap.AddNewAnon(mm.Memory, copy, vma, address);
            mm.SetEntry(op, slot, PageTables.PteShift, address,
                PageTableEntry.Of(copy, vma.PageBits).With(PageFault.WriteBits(vma)));
            return;
        }

        mm.Kernel.Get(page);
        mm.Memory.State(page).MapCount++;
        var bits = vma.PageBits | (isWrite ? PageFault.WriteBits(vma) : 0);
        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.Of(page, bits));
    }

    /// <summary>A load behind the end of the file still maps what is there before it.</summary>
    private static IEnumerable<PreemptionPoint> Around(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        var low = Math.Max(address & ~(AroundBytes - 1), vma.StartAddress);
        var isAny = false;
        for (var at = low; at < address; at += 4096)
        {
            isAny |= vma.IndexOf(at) << 12 < vma.File!.SizeBytes && vma.File.Pages.ContainsKey(vma.IndexOf(at));
        }

        if (!isAny || !mm.TryMakeTables(op, address, PageTables.PteShift, out var slot))
        {
            yield break;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("filemap_map_pages");
        }

        yield return AddressSpace.Taken("filemap_map_pages");
        MapAround(mm, op, vma, address);
        yield return AddressSpace.Changed("filemap_map_pages");
        mm.UnlockTable(op, slot);
    }

    /// <summary>A load maps up to 16 pages around that are there already.</summary>
    private static void MapAround(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        var low = Math.Max(address & ~(AroundBytes - 1), vma.StartAddress);
        var high = Math.Min((address | (AroundBytes - 1)) + 1, vma.EndAddress);
        for (var at = low; at < high; at += 4096)
        {
            var index = vma.IndexOf(at);
            mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
            if (at == address || !mm.Tables.Read(slot).IsNone || (ulong)index << 12 >= vma.File!.SizeBytes
                || !vma.File.Pages.TryGetValue(index, out var page)
                || mm.Memory.State(page).Has(FrameFlags.Readahead))
            {
                continue;
            }

            Map(mm, op, vma, at, slot, page, copy: 0, isWrite: false);
        }
    }
}
