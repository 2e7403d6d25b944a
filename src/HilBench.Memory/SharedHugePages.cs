using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Huge pages of shared memory: in the page cache, and mapped whole where a mapping lies right.</summary>
/// <remarks>Models <c>shmem_get_folio</c>, <c>do_set_pmd</c> and <c>set_huge_pmd</c>.</remarks>
internal static class SharedHugePages
{
    private const int ChecksMappingSince = 611;

    /// <summary>Since this version a mapping with madvise NOHUGEPAGE is not given a huge entry (vma_thp_disabled).</summary>
    private const int AsksMappingSince = 612;

    /// <summary>Whether a whole huge page around the address lies in the mapping, and as in the file.</summary>
    /// <remarks>Models <c>transhuge_vma_suitable</c>.</remarks>
    public static bool Fits(Vma vma, ulong address)
    {
        var low = address & ~(HugePages.Size - 1);
        return ((vma.StartAddress >> 12) - vma.PageOffset) % HugePages.Pages == 0
            && low >= vma.StartAddress && low + HugePages.Size <= vma.EndAddress;
    }

    /// <summary>Puts a huge page into a file where a fault may have one and nothing is there yet.</summary>
    public static bool TryAdd(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        var file = vma.File!;
        var first = vma.IndexOf(address) & ~(HugePages.Pages - 1UL);
        var isWanted = file is { Kind: FileKind.SharedMemory, GivesHugePages: true } && vma.Has(VmaFlags.HugePage)
            && !vma.Has(VmaFlags.NoHugePage);
        return isWanted && (mm.Kernel.Profile.Version < ChecksMappingSince || Fits(vma, address))
            && IsEmpty(file, first) && mm.Kernel.TryAllocate(op, file, first, HugePages.Order, out var frame)
            && Add(mm.Kernel, file, first, frame);
    }

    /// <summary>Makes a fresh huge page that of the file, which holds a reference for each of its parts.</summary>
    public static bool Add(Kernel kernel, MemoryFile file, ulong first, ulong frame)
    {
        ref var page = ref kernel.Memory.State(frame);
        page.MappingId = file.Id;
        page.Index = first;
        page.Flags |= FrameFlags.SwapBacked;
        page.RefCount += HugePages.Pages - 1;
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            file.Pages[first + i] = frame + i;
        }

        return true;
    }

    /// <summary>Whether the file has no page in the place of a huge one.</summary>
    public static bool IsEmpty(MemoryFile file, ulong first)
    {
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            if (file.Pages.ContainsKey(first + i) || file.Stored.ContainsKey(first + i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Maps the huge page that a frame is part of, if nothing is mapped there. False: base pages are needed.</summary>
    public static bool CanMap(AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong frame, out ulong slot)
    {
        slot = 0;
        var isRefused = vma.Has(VmaFlags.NoHugePage) && mm.Kernel.Profile.Version >= AsksMappingSince;
        return vma.File!.IsHuge(mm.Memory, frame) && Fits(vma, address) && !isRefused
            && mm.TryMakeTables(op, address, PageTables.PmdShift, out slot) && mm.Tables.Read(slot).IsNone;
    }

    /// <summary>Maps a huge page of the file by one entry.</summary>
    public static IEnumerable<PreemptionPoint> Map(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, ulong head, bool isWrite)
    {
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("do_set_pmd");
        }

        yield return AddressSpace.Taken("do_set_pmd");
        if (mm.Tables.Read(slot).IsNone)
        {
            ref var page = ref mm.Memory.State(head);
            page.EntireMapCount++;
            page.RefCount++;
            page.Flags |= isWrite ? FrameFlags.Dirty : 0;
            var bits = vma.PageBits | PageTableEntry.PageSize | (isWrite ? PageFault.WriteBits(vma) : 0);
            mm.SetEntry(op, slot, PageTables.PmdShift, address, PageTableEntry.Of(head, bits));
            yield return AddressSpace.Changed("do_set_pmd");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("do_set_pmd");
    }
}
