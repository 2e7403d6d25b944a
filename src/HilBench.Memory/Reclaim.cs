using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Takes pages away from their users: to swap, back to their file, or dropped after MADV_FREE.</summary>
/// <remarks>Models <c>shrink_folio_list</c>.</remarks>
internal static class Reclaim
{
    /// <summary>Reclaims a list of pages. They are freed only when all CPU flushes that were put off are done.</summary>
    public static IEnumerable<PreemptionPoint> List(
        Kernel kernel, CpuOperation op, IEnumerable<ulong> pages, ReclaimRequest request, ReclaimTally tally)
    {
        var batch = new UnmapBatch();
        var freed = new List<ulong>();
        kernel.LazyFreed.Drain();
        var queue = new List<ulong>(pages);
        for (var next = 0; next < queue.Count; next++)
        {
            var head = queue[next];
            var page = kernel.Memory.State(head);
            if (page.RefCount == 0 || page.Has(FrameFlags.Free | FrameFlags.Tail)
                || page.Has(FrameFlags.Locked) || kernel.IsDax(head) || !kernel.Lru.IsEvictable(head))
            {
                if (page.RefCount > 0 && page.Has(FrameFlags.Locked))
                {
                    tally.Kept.Add(head);
                }

                continue;
            }

            foreach (var point in Page(kernel, op, head, request, batch, tally, queue, freed))
            {
                yield return point;
            }
        }

        foreach (var point in batch.Flush(op))
        {
            yield return point;
        }

        if (freed.Count > 0)
        {
            yield return new(PreemptionKind.BeforeFree, "shrink_folio_list");
        }

        foreach (var head in freed)
        {
            kernel.Put(op, head);
        }
    }

    private static IEnumerable<PreemptionPoint> Page(
        Kernel kernel, CpuOperation op, ulong head, ReclaimRequest request, UnmapBatch batch, ReclaimTally tally,
        List<ulong> queue, List<ulong> freed)
    {
        var memory = kernel.Memory;
        kernel.Get(head);
        memory.State(head).Flags |= FrameFlags.Locked;
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("shrink_folio_list");
        var fate = PageFate.Reclaim;
        if (request.UsesReferences)
        {
            var result = new StepResult();
            foreach (var point in Aging.Referenced(kernel, op, head, result, request.Cgroup, request.Generations))
            {
                yield return point;
            }

            fate = FateOf(memory, head, result);
        }

        var isLargeShared = kernel.IsInFile(head) && memory.State(head) is { Order: > 0 } large
            && large.Has(FrameFlags.SwapBacked);
        if (fate is PageFate.Reclaim or PageFate.ReclaimIfClean && isLargeShared)
        {
            kernel.LeaveRmap(op);
            var result = new StepResult();
            foreach (var point in Split(kernel, op, head, result, queue))
            {
                yield return point;
            }

            fate = result.FallsBack ? PageFate.Keep : fate;
            while (!kernel.TryEnterRmap(op))
            {
                yield return AddressSpace.Waiting("rmap_lock");
            }
        }

        if (fate is PageFate.Reclaim or PageFate.ReclaimIfClean)
        {
            var result = new StepResult();
            foreach (var point in Unmap(kernel, op, head, batch, result))
            {
                yield return point;
            }

            fate = result.FallsBack || Rmap.TotalMapCount(memory, head) > 0 ? PageFate.Activate : fate;
        }

        kernel.LeaveRmap(op);
        yield return AddressSpace.Dropped("shrink_folio_list");
        fate = fate is PageFate.Reclaim or PageFate.ReclaimIfClean ? AfterUnmap(kernel, head, fate) : fate;
        if (fate == PageFate.Write)
        {
            foreach (var point in batch.Flush(op))
            {
                yield return point;
            }

            Write(kernel, head);
            tally.Written += 1UL << memory.State(head).Order;
            yield return new(PreemptionKind.PageCopied, "pageout");
        }

        if (fate is PageFate.Write or PageFate.Reclaim && TryRemove(kernel, op, head))
        {
            tally.Reclaimed += 1UL << memory.State(head).Order;
            memory.State(head).Flags &= ~FrameFlags.Locked;
            freed.Add(head);
            yield break;
        }

        memory.State(head).Flags |= fate == PageFate.Activate ? FrameFlags.Active : 0;
        memory.State(head).Flags &= ~FrameFlags.Locked;
        tally.Kept.Add(head);
        kernel.Put(op, head);
    }

    /// <summary>
    /// A large page of shared memory is split before it goes to swap; its other parts come at the end of the list.
    /// </summary>
    private static IEnumerable<PreemptionPoint> Split(
        Kernel kernel, CpuOperation op, ulong head, StepResult result, List<ulong> queue)
    {
        var count = 1UL << kernel.Memory.State(head).Order;
        kernel.Memory.State(head).Flags &= ~FrameFlags.Locked;
        foreach (var point in SplitFolio.Page(kernel, op, head, result, pinned: head))
        {
            yield return point;
        }

        kernel.Memory.State(head).Flags |= FrameFlags.Locked;
        for (var i = 1UL; !result.FallsBack && i < count; i++)
        {
            queue.Add(head + i);
        }
    }

    /// <remarks>Models <c>folio_check_references</c>.</remarks>
    private static PageFate FateOf(PhysicalMemory memory, ulong head, StepResult result)
    {
        ref var page = ref memory.State(head);
        if (result.IsLocked)
        {
            return PageFate.Activate;
        }

        var wasReferenced = page.Has(FrameFlags.Referenced);
        page.Flags &= ~FrameFlags.Referenced;
        if (result.References > 0)
        {
            page.Flags |= FrameFlags.Referenced;
            var isProgram = result.IsExecutable && !page.Has(FrameFlags.SwapBacked);
            return wasReferenced || result.References > 1 || isProgram ? PageFate.Activate : PageFate.Keep;
        }

        return wasReferenced && !page.Has(FrameFlags.SwapBacked) ? PageFate.ReclaimIfClean : PageFate.Reclaim;
    }

    /// <remarks>Models <c>try_to_unmap</c>: the walk is done when nobody maps the page any more.</remarks>
    private static IEnumerable<PreemptionPoint> Unmap(
        Kernel kernel, CpuOperation op, ulong head, UnmapBatch batch, StepResult result)
    {
        const FrameFlags swapped = FrameFlags.Anonymous | FrameFlags.SwapBacked;
        var page = kernel.Memory.State(head);
        if ((page.Flags & swapped) == swapped && !page.Has(FrameFlags.SwapCache))
        {
            kernel.Swap.Add(head);
        }

        var isMapped = Rmap.TotalMapCount(kernel.Memory, head) > 0;
        var request = new UnmapRequest(UnmapMode.Reclaim, SplitsHuge: page.Order >= HugePages.Order, batch);
        foreach (var (vma, start, end) in isMapped ? Rmap.Mappings(kernel, head) : [])
        {
            foreach (var point in RmapUnmap.One(op, vma, head, start, end, request, result))
            {
                yield return point;
            }

            if (result.FallsBack || Rmap.TotalMapCount(kernel.Memory, head) == 0)
            {
                yield break;
            }
        }
    }

    /// <summary>
    /// A dirty page is written first; one of a file on disk is left to the flusher threads instead.
    /// </summary>
    private static PageFate AfterUnmap(Kernel kernel, ulong head, PageFate fate)
    {
        var page = kernel.Memory.State(head);
        var isLazyFree = page.Has(FrameFlags.Anonymous) && !page.Has(FrameFlags.SwapBacked);
        if (!page.Has(FrameFlags.Dirty) || isLazyFree)
        {
            return PageFate.Reclaim;
        }

        if (!page.Has(FrameFlags.SwapBacked))
        {
            // The flag that asks for reclaim after the write is the one of read-ahead (PG_reclaim).
            kernel.Memory.State(head).Flags |= FrameFlags.Readahead;
            return PageFate.Activate;
        }

        return fate == PageFate.ReclaimIfClean || !IsFreeable(kernel, head) ? PageFate.Keep : PageFate.Write;
    }

    private static bool IsFreeable(Kernel kernel, ulong head) =>
        kernel.Memory.State(head).RefCount
            == 1 + (kernel.IsInFile(head) ? 1 : 0) + SwapArea.ReferencesTo(kernel.Memory, head);

    private static void Write(Kernel kernel, ulong head)
    {
        if (kernel.Memory.State(head).Has(FrameFlags.SwapCache))
        {
            kernel.Swap.Write(head);
        }

        kernel.Memory.State(head).Flags &= ~FrameFlags.Dirty;
    }

    /// <summary>Takes the page out of its cache, when nobody else holds it.</summary>
    /// <remarks>Models <c>__remove_mapping</c>; a page of shared memory is in its swap slot then.</remarks>
    private static bool TryRemove(Kernel kernel, CpuOperation op, ulong head)
    {
        if (!IsFreeable(kernel, head))
        {
            return false;
        }

        if (kernel.Memory.State(head).Has(FrameFlags.SwapCache))
        {
            kernel.Swap.Remove(op, head);
        }
        else if (kernel.MappingOf(kernel.Memory.State(head).MappingId) is MemoryFile file)
        {
            // Another reclaim may have taken it out meanwhile: it has no mapping any more.
            var index = kernel.Memory.State(head).Index;
            if (!file.Pages.TryGetValue(index, out var frame) || kernel.Memory.HeadOf(frame) != head)
            {
                return false;
            }

            file.Drop(kernel.Memory, index);
            kernel.Put(op, head);
        }

        return true;
    }

    private enum PageFate
    {
        Reclaim,
        ReclaimIfClean,
        Keep,
        Activate,
        Write,
    }
}
