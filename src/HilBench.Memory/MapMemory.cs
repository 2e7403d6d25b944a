using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>mmap and munmap.</summary>
internal static class MapMemory
{
    private static ulong Unit => 1UL << PageTables.PmdShift;

    /// <remarks>Models <c>do_mmap</c> and <c>mmap_region</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Map(AddressSpace mm, CpuOperation op, MapRequest request)
    {
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("mmap_write_lock");
        }

        yield return AddressSpace.Taken("mmap_write_lock");
        op.Errno = Place(mm, request, out var start);
        if (op.Errno == 0)
        {
            var end = start + request.SizeBytes;
            op.Range = new(new(start), new(end));
            foreach (var point in UnmapLocked(mm, op, start, end))
            {
                yield return point;
            }

            if (op.Errno == 0)
            {
                Insert(mm, start, end, request);
                foreach (var point in Uprobes.OnMap(mm, op, start, end))
                {
                    yield return point;
                }
            }
            else
            {
                op.Errno = ErrorNumber.NoMemory;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mmap_write_unlock");
        if (op.Errno == 0 && request.Flags.HasFlag(MapFlags.Populate))
        {
            foreach (var point in LockMemory.Populate(mm, op, op.Range.Start.Value, op.Range.End.Value))
            {
                yield return point;
            }

            op.Errno = 0;
        }
    }

    /// <remarks>Models <c>remap_file_pages</c>: the range is mapped anew and faulted in.</remarks>
    public static IEnumerable<PreemptionPoint> Remap(
        AddressSpace mm, CpuOperation op, VirtualRange range, ulong pageOffset)
    {
        var start = range.Start.Value & ~4095UL;
        var size = range.SizeBytes & ~4095UL;
        var vma = mm.VmaList.Find(start);
        if (size == 0 || vma is not { IsShared: true } || !IsOneFile(mm, vma, start + size))
        {
            op.Errno = ErrorNumber.Invalid;
            return [];
        }

        var flags = MapFlags.Shared | MapFlags.Fixed | MapFlags.Populate;
        return Map(mm, op, new MapRequest(
            size, vma.Protection, flags, start, PageSizeHint.Base, vma.File, pageOffset << 12));
    }

    /// <summary>Whether mappings of one file and of the same flags go on without a hole to the end.</summary>
    private static bool IsOneFile(AddressSpace mm, Vma first, ulong end)
    {
        var vma = first;
        while (vma.EndAddress < end)
        {
            var next = mm.VmaList.Find(vma.EndAddress);
            if (next is null || next.File != first.File || next.Flags != first.Flags
                || next.Protection != first.Protection)
            {
                return false;
            }

            vma = next;
        }

        return true;
    }

    /// <remarks>Models <c>__vm_munmap</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Unmap(AddressSpace mm, CpuOperation op, ulong start, ulong end)
    {
        if (start % 4096 != 0 || end > mm.Tables.UserEnd.Value)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("mmap_write_lock");
        }

        yield return AddressSpace.Taken("mmap_write_lock");
        foreach (var point in UnmapLocked(mm, op, start, end))
        {
            yield return point;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mmap_unlock");
    }

    /// <remarks>Models <c>do_mas_align_munmap</c> (6.1), <c>do_vmi_align_munmap</c>.</remarks>
    public static IEnumerable<PreemptionPoint> UnmapLocked(AddressSpace mm, CpuOperation op, ulong start, ulong end)
    {
        if (mm.VmaList.Overlapping(start, end).Count == 0)
        {
            yield break;
        }

        foreach (var cut in (ulong[])[start, end])
        {
            if (mm.VmaList.Find(cut) is { } vma && vma.StartAddress < cut)
            {
                if (vma.HugetlbShift != 0 && cut % (1UL << vma.HugetlbShift) != 0)
                {
                    op.Errno = ErrorNumber.Invalid;
                    yield break;
                }

                foreach (var point in VmaChange.Split(mm, op, vma, cut))
                {
                    yield return point;
                }
            }
        }

        var removed = mm.VmaList.Overlapping(start, end);
        foreach (var vma in removed)
        {
            mm.VmaList.Remove(vma);
        }

        mm.Kernel.LazyFreed.Drain();
        var gather = new MmuGather(mm, op, CallSite.Munmap);
        foreach (var point in UnmapPages.Vmas(mm, op, gather, removed, start, end, NotifierEvent.Unmap))
        {
            yield return point;
        }

        foreach (var vma in removed)
        {
            VmaChange.Forget(vma);
        }

        while (!mm.Kernel.TryEnterRmap(op, write: true))
        {
            yield return AddressSpace.Waiting("unlink_anon_vmas");
        }

        var floor = mm.VmaList.Before(start)?.EndAddress ?? 0;
        var ceiling = mm.VmaList.StartingAtOrAfter(end)?.StartAddress ?? 0;
        foreach (var point in FreeTables.Free(mm, op, gather, removed, floor, ceiling))
        {
            yield return point;
        }

        mm.Kernel.LeaveRmap(op);

        foreach (var point in gather.Flush())
        {
            yield return point;
        }
    }

    internal static int HugetlbShiftOf(PageSizeHint pageSize) => pageSize switch
    {
        PageSizeHint.Hugetlb => PageTables.PmdShift,
        PageSizeHint.Gigantic => PageTables.PudShift,
        _ => 0,
    };

    private static int Place(AddressSpace mm, MapRequest request, out ulong start)
    {
        var alignment = request.PageSize switch
        {
            PageSizeHint.Gigantic => 1UL << PageTables.PudShift,
            PageSizeHint.TransparentHuge or PageSizeHint.Hugetlb => Unit,
            _ => 4096UL,
        };
        if (request.At is { } at)
        {
            start = at;
            var aligned = HugetlbShiftOf(request.PageSize) != 0 ? alignment : 4096;
            if (at % aligned != 0 || request.SizeBytes > mm.Tables.UserEnd.Value
                || at > mm.Tables.UserEnd.Value - request.SizeBytes)
            {
                return ErrorNumber.Invalid;
            }

            var isFree = mm.VmaList.Overlapping(at, at + request.SizeBytes).Count == 0;
            return isFree || request.Flags.HasFlag(MapFlags.Fixed) ? 0 : ErrorNumber.Exists;
        }

        const ulong top = 0x7FFF_F000_0000;
        start = 0;
        var end = top;
        while (end > request.SizeBytes)
        {
            start = (end - request.SizeBytes) & ~(alignment - 1);
            var blocking = mm.VmaList.Overlapping(start, start + request.SizeBytes);
            if (blocking.Count == 0)
            {
                return start == 0 ? ErrorNumber.NoMemory : 0;
            }

            end = blocking[0].StartAddress;
        }

        return ErrorNumber.NoMemory;
    }

    /// <remarks>Models <c>accountable_mapping</c>.</remarks>
    private static bool IsAccountable(MapRequest request) => HugetlbShiftOf(request.PageSize) == 0
        && !request.Flags.HasFlag(MapFlags.Shared) && (request.Protection & Protection.Write) != 0;

    internal static void Insert(AddressSpace mm, ulong start, ulong end, MapRequest request)
    {
        var flags = VmaFlags.SoftDirty
            | (request.Flags.HasFlag(MapFlags.Shared) ? VmaFlags.Shared : 0)
            | (request.PageSize == PageSizeHint.TransparentHuge ? VmaFlags.HugePage : 0)
            | (HugetlbShiftOf(request.PageSize) != 0 ? VmaFlags.Hugetlb : 0)
            | (IsAccountable(request) ? VmaFlags.Account : 0);
        var file = request.File;
        if (file is null && request.Flags.HasFlag(MapFlags.Shared))
        {
            file = mm.Kernel.CreateFile("shared memory", request.SizeBytes);
        }

        var vma = new Vma(mm, start, end)
        {
            Protection = request.Protection,
            Flags = flags,
            File = file,
            PageOffset = file is null && HugetlbShiftOf(request.PageSize) == 0 ? start >> 12
                : request.FileOffsetBytes >> 12,
            HugetlbShift = HugetlbShiftOf(request.PageSize),
        };
        file?.Vmas.Add(vma);
        mm.VmaList.Add(vma);
        VmaChange.MergeAround(mm, vma, prefersUpper: mm.Kernel.Profile.Version < 612);
        Invariant.Holds(mm.VmaList.Find(start) is not null);
    }
}
