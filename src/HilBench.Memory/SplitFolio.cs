using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Splits a huge page itself, not only its mapping, into pages of their own.</summary>
/// <remarks>Models <c>split_huge_page_to_list</c>: unmap with migration entries, split, map again.</remarks>
internal static class SplitFolio
{
    /// <summary>Since this version the CPU flushes of the unmap are batched.</summary>
    private const int BatchesSince = 608;

    /// <summary>Every large page that is mapped in the range, up to the first address that is not mapped.</summary>
    /// <remarks>Models <c>split_huge_pages_pid</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        for (var at = range.Start.Value & ~4095UL; at < range.End.Value && mm.VmaList.Find(at) is not null; at += 4096)
        {
            if (mm.Tables.TryWalk(new(at), out var walk)
                && mm.Memory.OrderOf(walk.Page) > 0
                && (mm.Memory.FlagsOf(walk.Page) & (FrameFlags.Zero | FrameFlags.Hugetlb)) == 0)
            {
                foreach (var point in Page(mm.Kernel, op, mm.Memory.HeadOf(walk.Page.Frame), new StepResult()))
                {
                    yield return point;
                }
            }
        }
    }

    /// <summary>Splits one page. FallsBack in the result: it was in use elsewhere and stayed whole.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="op">Who splits.</param>
    /// <param name="head">The page.</param>
    /// <param name="result">FallsBack is set.</param>
    /// <param name="pinned">The part to which the caller has a reference, which it keeps; 0: none.</param>
    public static IEnumerable<PreemptionPoint> Page(
        Kernel kernel, CpuOperation op, ulong head, StepResult result, ulong pinned = 0)
    {
        var memory = kernel.Memory;
        var file = kernel.MappingOf(memory.State(head).MappingId) as MemoryFile;
        var cached = file is null ? 0 : 1 << memory.State(head).Order;
        var pins = pinned == 0 ? 0 : 1;
        if (memory.State(head).RefCount == 0 || memory.State(head).Order == 0
            || memory.State(head).Has(FrameFlags.Locked | FrameFlags.Free | FrameFlags.Tail)
            || memory.State(head).RefCount != Rmap.TotalMapCount(memory, head) + cached
                + SwapArea.ReferencesTo(memory, head) + pins
            || (memory.State(head).Has(FrameFlags.SwapCache) && !kernel.Swap.TryFree(op, head)))
        {
            result.FallsBack = true;
            yield break;
        }

        var order = memory.State(head).Order;
        kernel.Get(head);
        memory.State(head).Flags |= FrameFlags.Locked;
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("split_huge_page_to_list");
        var batch = new UnmapBatch();
        var request = new UnmapRequest(
            file is null ? UnmapMode.Migrate : UnmapMode.Reclaim, SplitsHuge: order >= HugePages.Order, kernel.Profile.Version >= BatchesSince ? batch : null);
        foreach (var (vma, start, end) in Rmap.Mappings(kernel, head))
        {
            foreach (var point in RmapUnmap.One(op, vma, head, start, end, request, new StepResult()))
            {
                yield return point;
            }

            if (Rmap.TotalMapCount(memory, head) == 0)
            {
                break;
            }
        }

        foreach (var point in batch.Flush(op))
        {
            yield return point;
        }

        if (memory.State(head).RefCount != 1 + cached + pins || Rmap.TotalMapCount(memory, head) != 0)
        {
            // Somebody else came to use it meanwhile: it stays whole and is mapped again as it was.
            result.FallsBack = true;
            memory.State(head).Flags &= ~FrameFlags.Locked;
            foreach (var point in Migration.Restore(kernel, op, head, head))
            {
                yield return point;
            }

            kernel.LeaveRmap(op);
            kernel.Put(op, head);
            yield break;
        }

        var usesZeroPage = kernel.Profile.Version >= 612 && memory.State(head).Has(FrameFlags.Anonymous);
        memory.SplitCompound(head);
        kernel.Lru.Split(head, order);
        memory.State(head).Flags &= ~FrameFlags.Locked;
        for (var i = 0UL; i < 1UL << order; i++)
        {
            memory.State(head + i).RefCount = (head + i == pinned ? 2 : 1) + (file is null ? 0 : 1);
            foreach (var point in Migration.Restore(kernel, op, head + i, head + i, usesZeroPage))
            {
                yield return point;
            }
        }

        kernel.LeaveRmap(op);
        DropBeyondEnd(kernel, op, file, head, 1UL << order);
        yield return new(PreemptionKind.BeforeFree, "__split_huge_page");
        for (var i = 0UL; i < 1UL << order; i++)
        {
            kernel.Put(op, head + i);
        }
    }

    /// <summary>What lay behind the end of the file leaves it.</summary>
    private static void DropBeyondEnd(Kernel kernel, CpuOperation op, MemoryFile? file, ulong head, ulong count)
    {
        for (var i = 0UL; file is not null && i < count; i++)
        {
            ref var page = ref kernel.Memory.State(head + i);
            if (page.Index << 12 >= file.SizeBytes && file.Pages.Remove(page.Index))
            {
                page.MappingId = 0;
                kernel.Put(op, head + i);
            }
        }
    }
}
