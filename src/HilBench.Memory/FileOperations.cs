using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>System calls on files that reach the mappings of the file.</summary>
internal static class FileOperations
{
    /// <summary>Writes through the page cache; mappings see it at once, without any notifier.</summary>
    public static IEnumerable<PreemptionPoint> Write(
        AddressSpace mm, CpuOperation op, MemoryFile file, ulong offset, ReadOnlyMemory<byte> bytes)
    {
        file.SizeBytes = Math.Max(file.SizeBytes, offset + (ulong)bytes.Length);
        for (var done = 0; done < bytes.Length;)
        {
            var at = offset + (ulong)done;
            if (!FileFault.TryGetPage(mm, op, file, at >> 12, out var frame))
            {
                op.Errno = ErrorNumber.NoMemory;
                yield break;
            }

            var length = (int)Math.Min(4096 - (at & 4095), (ulong)(bytes.Length - done));
            mm.Kernel.Store(op, PhysicalAddress.OfFrame(frame).Add(at & 4095), bytes.Span.Slice(done, length));
            mm.Memory.State(mm.Memory.HeadOf(frame)).Flags |= FrameFlags.Dirty;
            done += length;
            yield return new(PreemptionKind.PageCopied, "generic_perform_write");
        }
    }

    /// <summary>Reads through the page cache; holes of shared memory stay holes.</summary>
    public static IEnumerable<PreemptionPoint> Read(
        AddressSpace mm, CpuOperation op, MemoryFile file, ulong offset, int length)
    {
        var bytes = new byte[offset < file.SizeBytes ? (int)Math.Min((ulong)length, file.SizeBytes - offset) : 0];
        for (var done = 0; done < bytes.Length;)
        {
            var at = offset + (ulong)done;
            var count = (int)Math.Min(4096 - (at & 4095), (ulong)(bytes.Length - done));
            var isThere = file.Pages.TryGetValue(at >> 12, out var frame);
            if (!isThere && file.Kind == FileKind.Disk && !FileFault.TryGetPage(mm, op, file, at >> 12, out frame))
            {
                op.Errno = ErrorNumber.NoMemory;
                yield break;
            }

            if (isThere || file.Kind == FileKind.Disk)
            {
                mm.Memory.Read(PhysicalAddress.OfFrame(frame).Add(at & 4095), bytes.AsSpan(done, count));
            }

            done += count;
            yield return new(PreemptionKind.PageCopied, "filemap_read");
        }

        op.Bytes = bytes;
    }

    /// <remarks>Models <c>vfs_fallocate</c>: what is not there in shared memory gets zeroed pages.</remarks>
    public static IEnumerable<PreemptionPoint> Reserve(
        AddressSpace mm, CpuOperation op, MemoryFile file, ulong start, ulong end, bool keepsSize)
    {
        var step = file.Kind == FileKind.Hugetlb ? HugePages.Pages : 1UL;
        for (var index = start >> 12 & ~(step - 1); file.Kind == FileKind.SharedMemory && index << 12 < end; index += step)
        {
            if (!FileFault.TryGetPage(mm, op, file, index, out var frame))
            {
                op.Errno = ErrorNumber.NoMemory;
                yield break;
            }

            mm.Memory.State(mm.Memory.HeadOf(frame)).Flags |= FrameFlags.Dirty;
            yield return new(PreemptionKind.PageCopied, "shmem_fallocate");
        }

        file.SizeBytes = keepsSize ? file.SizeBytes : Math.Max(file.SizeBytes, end);
    }

    /// <remarks>Models <c>ext4_zero_range</c>: whole pages are unmapped and dropped, the rest is written.</remarks>
    public static IEnumerable<PreemptionPoint> Zero(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        op.Errno = file.Kind == FileKind.Disk ? 0 : ErrorNumber.NotSupported;
        if (op.Errno != 0)
        {
            yield break;
        }

        var (first, last) = ((start + 4095) & ~4095UL, end & ~4095UL);
        foreach (var point in first < last ? Unmap(op, file, first, last, keepsAnonymous: true) : [])
        {
            yield return point;
        }

        foreach (var point in PageCache.Remove(kernel, op, file, start, end))
        {
            yield return point;
        }

        file.SizeBytes = Math.Max(file.SizeBytes, end);
    }

    /// <remarks>Models <c>ext4_insert_range</c>: what moves is written back first, then everything from there is dropped.</remarks>
    public static IEnumerable<PreemptionPoint> Insert(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong offset, ulong length)
    {
        op.Errno = file.Kind != FileKind.Disk ? ErrorNumber.NotSupported
            : (offset | length) % 4096 != 0 || length == 0 || offset >= file.SizeBytes ? ErrorNumber.Invalid : 0;
        if (op.Errno != 0)
        {
            yield break;
        }

        foreach (var point in WriteBack(kernel, op, file, offset, ulong.MaxValue))
        {
            yield return point;
        }

        foreach (var point in DropFrom(kernel, op, file, offset))
        {
            yield return point;
        }

        PageCache.MakeRoom(file, offset >> 12, length >> 12);
        file.SizeBytes += length;
    }

    /// <summary>Everything from there is unmapped, private copies too, and leaves memory; what stands behind it stays.</summary>
    private static IEnumerable<PreemptionPoint> DropFrom(Kernel kernel, CpuOperation op, MemoryFile file, ulong offset)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var point in Unmap(op, file, offset, ulong.MaxValue, keepsAnonymous: false))
            {
                yield return point;
            }

            foreach (var point in PageCache.LockPages(kernel, file, offset, ulong.MaxValue))
            {
                yield return point;
            }

            PageCache.Drop(kernel, op, file, offset, ulong.MaxValue, keepsMapped: false);
        }
    }

    /// <summary>
    /// Writes dirty pages of [start, end) back; each shared mapping is write-protected and cleaned first.
    /// </summary>
    /// <remarks>
    /// Models <c>clear_page_dirty_for_io</c> and <c>folio_mkclean</c>; for DAX <c>dax_writeback_one</c>.
    /// </remarks>
    public static IEnumerable<PreemptionPoint> WriteBack(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        if (file.Kind == FileKind.SharedMemory)
        {
            yield break;
        }

        foreach (var (index, frame) in file.Pages.ToArray())
        {
            var isInside = ((ulong)index << 12) + 4096 > start && (ulong)index << 12 < end;
            if (!isInside || !kernel.Memory.State(frame).Has(FrameFlags.Dirty))
            {
                continue;
            }

            foreach (var point in file.Kind == FileKind.Dax ? MakeClean.DaxPage(kernel, op, frame)
                : MakeClean.Page(kernel, op, frame))
            {
                yield return point;
            }

            kernel.Memory.State(frame).Flags &= ~(FrameFlags.Dirty | FrameFlags.Readahead);
        }
    }

    /// <summary>Changes the size; what lies beyond is unmapped everywhere, private copies too.</summary>
    /// <remarks>Models <c>truncate_pagecache</c>: unmapped before and after the pages go.</remarks>
    public static IEnumerable<PreemptionPoint> Truncate(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong sizeBytes)
    {
        if (file.Kind == FileKind.Hugetlb && sizeBytes % HugePages.Size != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        var old = file.SizeBytes;
        file.SizeBytes = sizeBytes;
        if (sizeBytes >= old)
        {
            yield break;
        }

        // Shared memory looks whether a page goes away at all; the second time is for pages that were copied meanwhile.
        var hole = (sizeBytes + 4095) & ~4095UL;
        var passes = file.Kind == FileKind.Hugetlb ? 1 : file.Kind == FileKind.SharedMemory && old <= hole ? 0 : 2;
        for (var pass = 0; pass < Math.Max(passes, 1); pass++)
        {
            foreach (var point in passes == 0 ? [] : Unmap(op, file, hole, ulong.MaxValue, keepsAnonymous: false))
            {
                yield return point;
            }

            foreach (var point in PageCache.Remove(kernel, op, file, sizeBytes, ulong.MaxValue))
            {
                yield return point;
            }
        }
    }

    /// <summary>Takes a part out of a file on a disk; what follows moves down.</summary>
    /// <remarks>Models <c>ext4_collapse_range</c>: what moves is written back first, then everything from there is dropped.</remarks>
    public static IEnumerable<PreemptionPoint> Collapse(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong offset, ulong length)
    {
        op.Errno = file.Kind != FileKind.Disk ? ErrorNumber.NotSupported
            : (offset | length) % 4096 != 0 || length == 0 || offset + length >= file.SizeBytes ? ErrorNumber.Invalid : 0;
        if (op.Errno != 0)
        {
            yield break;
        }

        foreach (var (from, to) in ((ulong, ulong)[])[(offset, offset + 1), (offset + length, ulong.MaxValue)])
        {
            foreach (var point in WriteBack(kernel, op, file, from, to))
            {
                yield return point;
            }
        }

        foreach (var point in DropFrom(kernel, op, file, offset))
        {
            yield return point;
        }

        PageCache.Shift(file, offset >> 12, length >> 12);
        file.SizeBytes -= length;
    }

    /// <summary>Clean pages of a part that nobody maps leave memory; what is dirty is written back first.</summary>
    /// <remarks>Models <c>generic_fadvise</c> with POSIX_FADV_DONTNEED: of no effect where nothing stands behind the pages.</remarks>
    public static IEnumerable<PreemptionPoint> AdviseDontNeed(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        if (file.Kind != FileKind.Disk)
        {
            yield break;
        }

        foreach (var point in WriteBack(kernel, op, file, start, end))
        {
            yield return point;
        }

        var whole = (start + 4095) & ~4095UL;
        PageCache.Drop(kernel, op, file, whole, end >= file.SizeBytes ? ulong.MaxValue : end & ~4095UL, keepsMapped: true);
    }

    /// <summary>Makes a hole; private copies stay.</summary>
    /// <remarks>Models <c>truncate_pagecache_range</c> and <c>shmem_fallocate</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Punch(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        foreach (var point in kernel.Profile.Version < 612 ? WriteBack(kernel, op, file, start, end) : [])
        {
            yield return point;
        }

        // ext4 leaves alone what begins behind the end of the file, and ends with the page that holds it.
        if (file.Kind == FileKind.Disk)
        {
            end = start >= file.SizeBytes ? start : Math.Min(end, (file.SizeBytes & ~4095UL) + 4096);
        }

        var size = file.Kind == FileKind.Hugetlb ? HugePages.Size : 4096UL;
        var (first, last) = ((start + size - 1) & ~(size - 1), end & ~(size - 1));
        foreach (var point in first < last ? Unmap(op, file, first, last, keepsAnonymous: true) : [])
        {
            yield return point;
        }

        foreach (var point in PageCache.Remove(kernel, op, file, start, end))
        {
            yield return point;
        }
    }

    /// <remarks>Models <c>unmap_mapping_range</c>, under the i_mmap lock.</remarks>
    private static IEnumerable<PreemptionPoint> Unmap(
        CpuOperation op, MemoryFile file, ulong start, ulong end, bool keepsAnonymous)
    {
        while (!op.AddressSpace.Kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("unmap_mapping_range");
        foreach (var vma in file.Vmas.OrderBy(vma => vma.PageOffset).ToArray())
        {
            var low = Math.Max(start >> 12, vma.PageOffset);
            var pages = (vma.EndAddress - vma.StartAddress) >> 12;
            var high = Math.Min(end == ulong.MaxValue ? ulong.MaxValue : end >> 12, vma.PageOffset + pages);
            if (low < high)
            {
                var from = vma.StartAddress + ((low - vma.PageOffset) << 12);
                var to = from + ((high - low) << 12);
                foreach (var point in vma.HugetlbShift == 0
                    ? ZapRange.Run(vma.Mm, op, vma, from, to, keepsAnonymous) : ZapRange.Hugetlb(vma.Mm, op, vma, from, to))
                {
                    yield return point;
                }
            }
        }

        op.AddressSpace.Kernel.LeaveRmap(op);
    }
}
