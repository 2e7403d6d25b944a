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
            mm.Memory.Write(PhysicalAddress.OfFrame(frame).Add(at & 4095), bytes.Span.Slice(done, length));
            mm.Memory.State(frame).Flags |= FrameFlags.Dirty;
            done += length;
            yield return new(PreemptionKind.PageCopied, "generic_perform_write");
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

            kernel.Memory.State(frame).Flags &= ~FrameFlags.Dirty;
        }
    }

    /// <summary>Changes the size; what lies beyond is unmapped everywhere, private copies too.</summary>
    /// <remarks>Models <c>truncate_pagecache</c>: unmapped before and after the pages go.</remarks>
    public static IEnumerable<PreemptionPoint> Truncate(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong sizeBytes)
    {
        var old = file.SizeBytes;
        file.SizeBytes = sizeBytes;
        if (sizeBytes >= old)
        {
            yield break;
        }

        var hole = (sizeBytes + 4095) & ~4095UL;
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var point in Unmap(op, file, hole, ulong.MaxValue, keepsAnonymous: false))
            {
                yield return point;
            }

            Remove(kernel, op, file, hole, ulong.MaxValue);
        }
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

        foreach (var point in Unmap(op, file, start, end, keepsAnonymous: true))
        {
            yield return point;
        }

        Remove(kernel, op, file, start, end);
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
                foreach (var point in ZapRange.Run(
                    vma.Mm, op, vma, from, from + ((high - low) << 12), keepsAnonymous))
                {
                    yield return point;
                }
            }
        }

        op.AddressSpace.Kernel.LeaveRmap(op);
    }

    private static void Remove(Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        foreach (var (index, frame) in file.Pages.ToArray())
        {
            if ((ulong)index << 12 >= start && (ulong)index << 12 < end)
            {
                file.Pages.Remove(index);
                kernel.Memory.State(frame).MappingId = 0;
                kernel.Put(op, frame);
            }
        }

        foreach (var index in file.Stored.Keys.Where(index =>
            (ulong)index << 12 >= start && (ulong)index << 12 < end).ToArray())
        {
            file.Stored.Remove(index);
        }
    }
}
