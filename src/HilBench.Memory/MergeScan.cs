using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The scans of ksmd.</summary>
/// <remarks>
/// Models <c>ksm_do_scan</c> and <c>cmp_and_merge_page</c>: a page is a candidate only when its contents did not change
/// since the scan before.
/// </remarks>
internal static class MergeScan
{
    private const int SkipsSince = 607;

    /// <summary>Since this version a page that changes is not compared with the merged ones either (6.11).</summary>
    private const int SumsFirstSince = 611;

    /// <summary>Full scans of all processes that ask for merging.</summary>
    public static IEnumerable<PreemptionPoint> Run(Kernel kernel, CpuOperation op, int passes)
    {
        while (!kernel.Merging.TryEnter())
        {
            yield return AddressSpace.Waiting("ksm_thread_mutex");
        }

        for (var pass = 0; pass < passes; pass++)
        {
            kernel.LazyFreed.Drain();
            foreach (var mm in kernel.Merging.Start(kernel.AddressSpaces))
            {
                while (!mm.TryLockMmap(op, write: false))
                {
                    yield return AddressSpace.Waiting("ksm_do_scan");
                }

                foreach (var point in Space(kernel, op, mm))
                {
                    yield return point;
                }

                mm.UnlockMmap(op);
                yield return AddressSpace.Dropped("ksm_do_scan");
            }
        }

        kernel.Merging.Leave();
    }

    /// <remarks>Models <c>scan_get_next_rmap_item</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Space(Kernel kernel, CpuOperation op, AddressSpace mm)
    {
        foreach (var vma in mm.VmaList.Items.Where(vma => vma.Has(VmaFlags.Mergeable)).ToArray())
        {
            for (var at = vma.StartAddress; vma.AnonVma is not null && at < vma.EndAddress; at += 4096)
            {
                if (FrameAt(mm, at) is not (> 0 and var frame))
                {
                    continue;
                }

                var item = kernel.Merging.ItemAt(mm, at);
                var isMerged = kernel.Memory.State(frame).Has(FrameFlags.Ksm);
                foreach (var point in WaitForPage(kernel, item))
                {
                    yield return point;
                }

                if (kernel.Profile.Version >= SkipsSince && !isMerged && item.TrySkip())
                {
                    MergeTrees.Detach(item);
                    continue;
                }

                foreach (var point in Page(kernel, op, item, frame, isMerged))
                {
                    yield return point;
                }
            }
        }

        foreach (var item in kernel.Merging.ItemsOf(mm))
        {
            foreach (var point in item.IsSeen ? [] : WaitForPage(kernel, item))
            {
                yield return point;
            }

            if (!item.IsSeen)
            {
                kernel.Merging.Forget(item);
            }

            item.IsSeen = false;
        }

        kernel.Merging.ForgetUnless(mm);
    }

    /// <summary>
    /// An address leaves its merged page only when that is not locked: who moves the page must find all addresses again.
    /// </summary>
    /// <remarks>Models <c>get_ksm_page</c> with GET_KSM_PAGE_LOCK in <c>remove_rmap_item_from_tree</c>.</remarks>
    internal static IEnumerable<PreemptionPoint> WaitForPage(Kernel kernel, MergeItem item)
    {
        while (item.Node is { } node && kernel.Merging.NodeOf(node.Frame) == node
            && kernel.Memory.State(node.Frame).Has(FrameFlags.Locked))
        {
            yield return AddressSpace.Waiting("get_ksm_page");
        }
    }

    /// <remarks>Models <c>cmp_and_merge_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Page(
        Kernel kernel, CpuOperation op, MergeItem item, ulong frame, bool isMerged)
    {
        var trees = kernel.Merging;
        var node = isMerged ? trees.NodeOf(frame) : null;
        if (isMerged && (node is null || item.Node == node))
        {
            yield break;
        }

        var sumsFirst = kernel.Profile.Version >= SumsFirstSince;
        if (sumsFirst && !isMerged)
        {
            MergeTrees.Detach(item);
            if (!IsUnchanged(kernel, item, frame))
            {
                yield break;
            }
        }

        node ??= trees.FindStable(frame);
        MergeTrees.Detach(item);
        if (node is not null)
        {
            var result = new StepResult();
            foreach (var point in MergeWith(kernel, op, item, frame, node.Frame, result))
            {
                yield return point;
            }

            if (!result.FallsBack)
            {
                MergeTrees.Append(item, node);
            }

            yield break;
        }

        if (!sumsFirst && !IsUnchanged(kernel, item, frame))
        {
            yield break;
        }

        var other = trees.FindOrAddUnstable(item, frame, other => FrameAt(other.Mm, other.Address));
        if (other is null)
        {
            yield break;
        }

        foreach (var point in MergeTwo(kernel, op, item, frame, other))
        {
            yield return point;
        }
    }

    /// <remarks>Models <c>try_to_merge_two_pages</c>.</remarks>
    private static IEnumerable<PreemptionPoint> MergeTwo(
        Kernel kernel, CpuOperation op, MergeItem item, ulong frame, MergeItem other)
    {
        var head = kernel.Memory.HeadOf(frame);
        var otherFrame = FrameAt(other.Mm, other.Address);
        if (head == kernel.Memory.HeadOf(otherFrame))
        {
            // Two parts of one huge page: it is split now, and this part is merged in a later scan.
            foreach (var point in SplitFolio.Page(kernel, op, head, new StepResult()))
            {
                yield return point;
            }

            yield break;
        }

        var result = new StepResult();
        foreach (var point in SamePageMerging.Found(kernel, op, item, frame, result))
        {
            yield return point;
        }

        if (result.FallsBack)
        {
            yield break;
        }

        MergeTrees.Detach(item);
        foreach (var point in MergeWith(kernel, op, other, otherFrame, frame, result))
        {
            yield return point;
        }

        if (result.FallsBack)
        {
            // A merged page at one address only is of no use (break_cow).
            foreach (var point in BreakAt(item))
            {
                yield return point;
            }

            kernel.Put(op, frame);
            yield break;
        }

        MergeTrees.Detach(other);
        var node = kernel.Merging.AddStable(frame);
        MergeTrees.Append(other, node);
        MergeTrees.Append(item, node);
        kernel.Put(op, frame);

        IEnumerable<PreemptionPoint> BreakAt(MergeItem at) => MergeableAt(at) is { } vma
            ? SamePageMerging.Break(at.Mm, op, vma, at.Address, at.Address + 4096) : [];
    }

    /// <remarks>Models <c>try_to_merge_with_ksm_page</c>. FallsBack in the result: it was not merged.</remarks>
    private static IEnumerable<PreemptionPoint> MergeWith(
        Kernel kernel, CpuOperation op, MergeItem item, ulong frame, ulong merged, StepResult result)
    {
        if (MergeableAt(item) is not { } vma)
        {
            result.FallsBack = true;
            yield break;
        }

        foreach (var point in frame == merged ? []
            : SamePageMerging.MergeInto(kernel, op, vma, item.Address, merged, result))
        {
            yield return point;
        }

        item.AnonVma = result.FallsBack ? item.AnonVma : vma.AnonVma;
    }

    /// <remarks>Models <c>find_mergeable_vma</c>.</remarks>
    internal static Vma? MergeableAt(MergeItem item) =>
        !item.Mm.HasExited && item.Mm.VmaList.Find(item.Address) is { AnonVma: not null } vma
            && vma.Has(VmaFlags.Mergeable) ? vma : null;

    private static bool IsUnchanged(Kernel kernel, MergeItem item, ulong frame)
    {
        var sum = kernel.Memory.ContentHash(frame);
        var isSame = item.Checksum == sum;
        item.Checksum = sum;
        return isSame;
    }

    /// <summary>The anonymous page at an address; 0 when there is none.</summary>
    private static ulong FrameAt(AddressSpace mm, ulong address) =>
        SamePageMerging.TryFindPage(mm, address, out _, out var entry)
            && mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Anonymous) ? entry.Frame : 0;
}
