using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Takes a page away from its users: to swap, back to its file, or dropped after MADV_FREE.</summary>
/// <remarks>Models <c>shrink_folio_list</c> for one page.</remarks>
internal static class Reclaim
{
    public static IEnumerable<PreemptionPoint> Page(Kernel kernel, CpuOperation op, ulong head, bool usesReferences)
    {
        var memory = kernel.Memory;
        if (kernel.IsDax(head) || memory.State(head).Has(FrameFlags.Locked | FrameFlags.Free | FrameFlags.Tail)
            || memory.State(head).RefCount == 0)
        {
            yield break;
        }

        kernel.Get(head);
        memory.State(head).Flags |= FrameFlags.Locked;
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("shrink_folio_list");
        var result = new StepResult();
        if (usesReferences)
        {
            foreach (var point in Aging.Referenced(kernel, op, head, result))
            {
                yield return point;
            }
        }

        if (!result.IsReferenced)
        {
            kernel.PrepareSwap(head);
            var isHuge = memory.State(head).Order >= HugePages.Order;
            var isMapped = Rmap.TotalMapCount(memory, head) > 0;
            foreach (var (vma, start, end) in isMapped ? Rmap.Mappings(kernel, head) : [])
            {
                foreach (var point in RmapUnmap.One(op, vma, head, start, end, UnmapMode.Reclaim, splitsHuge: isHuge))
                {
                    yield return point;
                }
            }

            yield return new(PreemptionKind.BeforeFree, "shrink_folio_list");
            kernel.FinishSwap(op, head);
        }

        kernel.LeaveRmap(op);
        memory.State(head).Flags &= ~FrameFlags.Locked;
        kernel.Put(op, head);
    }
}
