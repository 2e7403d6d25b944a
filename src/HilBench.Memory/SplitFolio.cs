using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Splits a huge page itself, not only its mapping, into 512 pages of their own.</summary>
/// <remarks>Models <c>split_huge_page_to_list</c>: unmap with migration entries, split, map again.</remarks>
internal static class SplitFolio
{
    /// <summary>Since this version the CPU flushes of the unmap are batched.</summary>
    private const int BatchesSince = 608;

    /// <summary>Every huge page that is mapped in the range.</summary>
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        for (var at = range.Start.Value & ~4095UL; at < range.End.Value; at += 4096)
        {
            if (mm.Tables.TryWalk(new(at), out var walk)
                && mm.Memory.OrderOf(walk.Page) == HugePages.Order
                    && (mm.Memory.FlagsOf(walk.Page) & FrameFlags.Zero) == 0)
            {
                foreach (var point in Page(mm.Kernel, op, mm.Memory.HeadOf(walk.Page.Frame), new StepResult()))
                {
                    yield return point;
                }
            }
        }
    }

    /// <summary>Splits one page. FallsBack in the result: it was in use elsewhere and stayed whole.</summary>
    public static IEnumerable<PreemptionPoint> Page(Kernel kernel, CpuOperation op, ulong head, StepResult result)
    {
        var memory = kernel.Memory;
        if (memory.State(head).Has(FrameFlags.Locked)
            || memory.State(head).RefCount != Rmap.TotalMapCount(memory, head)
                + SwapArea.ReferencesTo(memory, head)
            || (memory.State(head).Has(FrameFlags.SwapCache) && !kernel.Swap.TryFree(op, head)))
        {
            result.FallsBack = true;
            yield break;
        }

        kernel.Get(head);
        memory.State(head).Flags |= FrameFlags.Locked;
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("split_huge_page_to_list");
        var batch = new UnmapBatch();
        var request = new UnmapRequest(
            UnmapMode.Migrate, SplitsHuge: true, kernel.Profile.Version >= BatchesSince ? batch : null);
        foreach (var (vma, start, end) in Rmap.Mappings(kernel, head))
        {
            foreach (var point in RmapUnmap.One(op, vma, head, start, end, request, new StepResult()))
            {
                yield return point;
            }
        }

        foreach (var point in batch.Flush(op))
        {
            yield return point;
        }

        if (memory.State(head).RefCount != 1 || Rmap.TotalMapCount(memory, head) != 0)
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
        kernel.Lru.Split(head, HugePages.Order);
        memory.State(head).Flags &= ~FrameFlags.Locked;
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            memory.State(head + i).RefCount = 1;
            foreach (var point in Migration.Restore(kernel, op, head + i, head + i, usesZeroPage))
            {
                yield return point;
            }
        }

        kernel.LeaveRmap(op);
        yield return new(PreemptionKind.BeforeFree, "__split_huge_page");
        for (var i = 0UL; i < HugePages.Pages; i++)
        {
            kernel.Put(op, head + i);
        }
    }
}
