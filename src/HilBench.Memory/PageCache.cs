using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The pages of a file that are in memory.</summary>
internal static class PageCache
{
    /// <summary>
    /// What [start, end) holds is gone. A huge page that reaches beyond is split first; what of a page lies inside is zeroed.
    /// </summary>
    /// <remarks>Models <c>truncate_inode_pages_range</c> and <c>shmem_undo_range</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Remove(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        var size = file.Kind == FileKind.Hugetlb ? HugePages.Size : 4096UL;
        var (first, last) = ((start + size - 1) & ~(size - 1), end == ulong.MaxValue ? end : end & ~(size - 1));
        Clear(kernel, op, file, start, Math.Min(first, end));
        if (last >= first && last != ulong.MaxValue)
        {
            Clear(kernel, op, file, last, end);
        }

        if (last < first)
        {
            yield break;
        }

        foreach (var point in LockPages(kernel, file, first, last))
        {
            yield return point;
        }

        RemoveWhole(kernel, op, file, first, last);
        foreach (var at in (ulong[])[first, last])
        {
            if (file.Pages.TryGetValue(at >> 12, out var frame) && file.IsHuge(kernel.Memory, frame)
                && (at >> 12) % HugePages.Pages != 0)
            {
                foreach (var point in SplitFolio.Page(
                    kernel, op, kernel.Memory.HeadOf(frame), new StepResult()))
                {
                    yield return point;
                }
            }
        }

        foreach (var point in LockPages(kernel, file, first, last))
        {
            yield return point;
        }

        RemoveWhole(kernel, op, file, first, last);
        foreach (var index in file.Stored.Keys.Where(index => index >= first >> 12 && index < last >> 12).ToArray())
        {
            file.Stored.Remove(index);
        }
    }

    /// <summary>
    /// Waits until no page of [start, end) is locked: one that is being migrated leaves only when no migration entry names it any more.
    /// </summary>
    /// <remarks>Models <c>folio_lock</c> of truncation; a page that is not locked is taken and removed in one step.</remarks>
    public static IEnumerable<PreemptionPoint> LockPages(Kernel kernel, MemoryFile file, ulong start, ulong end)
    {
        while (file.Pages.Any(page => page.Key << 12 >= start && page.Key << 12 < end && IsLocked(kernel, page.Value)))
        {
            yield return AddressSpace.Waiting("folio_lock");
        }
    }

    private static bool IsLocked(Kernel kernel, ulong frame) => kernel.Memory.State(kernel.Memory.HeadOf(frame)).Has(FrameFlags.Locked);

    /// <summary>Pages leave memory; their contents stay behind. Mapped or dirty ones stay, if so wanted.</summary>
    /// <remarks>Models <c>invalidate_mapping_pages</c>.</remarks>
    public static void Drop(
        Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end, bool keepsMapped)
    {
        foreach (var (index, frame) in file.Pages.ToArray())
        {
            ref var page = ref kernel.Memory.State(frame);
            var isInside = index << 12 >= start && index << 12 < end;
            if (!isInside || (keepsMapped && (page.RefCount > 1 || page.Has(FrameFlags.Dirty | FrameFlags.Tail | FrameFlags.Locked))))
            {
                continue;
            }

            file.Drop(kernel.Memory, index);
            page.MappingId = 0;
            kernel.Put(op, frame);
        }
    }

    /// <summary>Clean pages of all files that nobody maps leave memory.</summary>
    /// <remarks>Models <c>drop_pagecache_sb</c>.</remarks>
    public static IEnumerable<PreemptionPoint> DropAll(Kernel kernel, CpuOperation op)
    {
        foreach (var file in kernel.Files.Where(file => file.Kind != FileKind.Hugetlb).ToArray())
        {
            Drop(kernel, op, file, 0, ulong.MaxValue, keepsMapped: true);
            yield return new(PreemptionKind.BeforeFree, "drop_pagecache_sb");
        }
    }

    /// <summary>Takes pages out of what stands behind a file; those that follow move down.</summary>
    public static void Shift(MemoryFile file, ulong first, ulong count)
    {
        foreach (var index in file.Stored.Keys.Where(index => index >= first).Order().ToArray())
        {
            file.Stored.Remove(index, out var content);
            if (index >= first + count)
            {
                file.Stored[index - count] = content!;
            }
        }
    }

    /// <summary>Moves what stands behind a file up, from a page on.</summary>
    public static void MakeRoom(MemoryFile file, ulong first, ulong count)
    {
        foreach (var index in file.Stored.Keys.Where(index => index >= first).OrderDescending().ToArray())
        {
            file.Stored.Remove(index, out var content);
            file.Stored[index + count] = content!;
        }
    }

    private static void RemoveWhole(Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        foreach (var (index, frame) in file.Pages.ToArray())
        {
            var isHuge = file.IsHuge(kernel.Memory, frame);
            var first = isHuge ? index & ~(HugePages.Pages - 1UL) : index;
            var after = isHuge ? first + HugePages.Pages : index + 1;
            if (first << 12 >= start && (end == ulong.MaxValue || after << 12 <= end))
            {
                file.Pages.Remove(index);
                kernel.Memory.State(frame).MappingId = 0;
                kernel.Put(op, frame);
            }
        }
    }

    private static void Clear(Kernel kernel, CpuOperation op, MemoryFile file, ulong start, ulong end)
    {
        for (var at = start; at < end; at = (at | 4095) + 1)
        {
            var length = Math.Min(end, (at | 4095) + 1) - at;
            if (file.Pages.TryGetValue(at >> 12, out var frame))
            {
                kernel.Store(op, PhysicalAddress.OfFrame(frame).Add(at & 4095), new byte[length]);
            }
            else if (file.Stored.TryGetValue(at >> 12, out var content))
            {
                content.AsSpan((int)(at & 4095), (int)length).Clear();
            }
        }
    }
}
