using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Memory that failed: a poisoned page is taken away from all its users and never handed out again.</summary>
/// <remarks>
/// Models <c>madvise_inject_error</c>, <c>memory_failure</c>, <c>try_memory_failure_hugetlb</c> and
/// <c>soft_offline_page</c>. Pages of 1 GiB are not poisoned here.
/// </remarks>
internal static class MemoryFailure
{
    /// <summary>si_code BUS_MCEERR_AR: the access hit poison.</summary>
    public const int ActionRequired = 4;

    /// <summary>From this version on the caller of madvise is told by a signal when contents are lost.</summary>
    private const int SignalsCallerSince = 611;

    /// <summary>From this version on poison twice is an error.</summary>
    private const int RefusesTwiceSince = 514;

    /// <summary>From this version on pages of KSM can be unmapped too.</summary>
    private const int HandlesKsmSince = 604;

    /// <summary>From this version on a poisoned page of shared memory stays in its file.</summary>
    private const int KeepsSharedSince = 516;

    /// <summary>From this version on the poisoned page is taken off the free list at once.</summary>
    private const int TakesOffSince = 510;

    /// <summary>Poisons, or only moves away from, every page of a range.</summary>
    public static IEnumerable<PreemptionPoint> Inject(
        AddressSpace mm, CpuOperation op, ulong start, ulong end, bool isSoft)
    {
        for (var at = start; at < end && op.Errno == 0;)
        {
            PageWalk walk;
            while (!mm.Tables.TryWalk(new(at), out walk) && op.Signal == Signal.None)
            {
                foreach (var point in MemoryAccess.Fault(mm, op, at, isWrite: false))
                {
                    yield return point;
                }
            }

            if (op.Signal != Signal.None)
            {
                op.Raise(Signal.None, 0);
                op.Errno = ErrorNumber.Fault;
                break;
            }

            var frame = walk.Translate(new(at)).Frame;
            var head = mm.Memory.HeadOf(frame);
            var size = 4096UL << mm.Memory.State(head).Order;
            if (walk.Entry.IsSpecial || mm.Memory.State(head).Has(FrameFlags.Zero))
            {
                op.Errno = isSoft ? ErrorNumber.InputOutput : ErrorNumber.Busy;
                break;
            }

            mm.Kernel.Get(head);
            foreach (var point in isSoft ? SoftOffline(mm.Kernel, op, frame) : Fail(mm, op, frame))
            {
                yield return point;
            }

            at += size;
        }

        if (mm.Kernel.DrainsPerCpuPagesOfPoison)
        {
            mm.Memory.DrainPerCpuPages();
        }
    }

    /// <summary>One frame fails; the caller's reference keeps it for ever.</summary>
    private static IEnumerable<PreemptionPoint> Fail(AddressSpace mm, CpuOperation op, ulong frame)
    {
        var kernel = mm.Kernel;
        var head = kernel.Memory.HeadOf(frame);
        if (kernel.Memory.State(frame).Has(FrameFlags.Hwpoison))
        {
            kernel.Put(op, head);
            op.Errno = kernel.Profile.Version >= RefusesTwiceSince ? ErrorNumber.Poisoned : 0;
            yield break;
        }

        kernel.Memory.Poison(frame);
        var isHugetlb = kernel.Memory.State(head).Has(FrameFlags.Hugetlb);
        if (kernel.Memory.State(head).Order > 0 && !isHugetlb)
        {
            var result = new StepResult();
            foreach (var point in SplitFolio.Page(kernel, op, head, result, pinned: frame))
            {
                yield return point;
            }

            kernel.Memory.Poison(frame);
            if (result.FallsBack)
            {
                op.Errno = ErrorNumber.Busy;
                yield break;
            }

            head = frame;
        }

        while (kernel.Memory.State(head).Has(FrameFlags.Locked))
        {
            yield return AddressSpace.Waiting("memory_failure");
        }

        kernel.Memory.State(head).Flags |= FrameFlags.Locked;
        foreach (var point in Unmap(mm, op, head))
        {
            yield return point;
        }

        kernel.Memory.State(head).Flags &= ~FrameFlags.Locked;
        if (op.Errno == 0)
        {
            Forget(kernel, op, head, frame);
        }
    }

    /// <remarks>Models <c>hwpoison_user_mappings</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Unmap(AddressSpace mm, CpuOperation op, ulong head)
    {
        var kernel = mm.Kernel;
        var page = kernel.Memory.State(head);
        if (page.Has(FrameFlags.Ksm) && kernel.Profile.Version < HandlesKsmSince)
        {
            op.Errno = ErrorNumber.Busy;
            yield break;
        }

        var isOnDisk = kernel.MappingOf(page.MappingId) is MemoryFile { Kind: FileKind.Disk } && !page.Has(FrameFlags.Anonymous);
        if (isOnDisk && !page.Has(FrameFlags.Dirty))
        {
            var isWritten = IsWritten(kernel, head);
            foreach (var point in MakeClean.Page(kernel, op, head))
            {
                yield return point;
            }

            kernel.Memory.State(head).Flags |= isWritten ? FrameFlags.Dirty : 0;
        }

        // What the disk or the swap area has still is only dropped, and read again.
        var isKept = (isOnDisk && !kernel.Memory.State(head).Has(FrameFlags.Dirty)) || page.Has(FrameFlags.SwapCache);
        var isMapped = kernel.Memory.State(head).EntireMapCount + Rmap.TotalMapCount(kernel.Memory, head) > 0;
        var isCallers = Rmap.Mappings(kernel, head).Exists(mapping => mapping.Vma.Mm == mm);
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("hwpoison_user_mappings");
        var request = new UnmapRequest(isKept ? UnmapMode.DropPoisoned : UnmapMode.Hwpoison);
        foreach (var (vma, start, end) in isMapped ? Rmap.Mappings(kernel, head) : [])
        {
            foreach (var point in RmapUnmap.One(op, vma, head, start, end, request, new StepResult()))
            {
                yield return point;
            }

            if (Rmap.TotalMapCount(kernel.Memory, head) == 0)
            {
                break;
            }
        }

        kernel.LeaveRmap(op);
        yield return AddressSpace.Dropped("hwpoison_user_mappings");
        var isLost = isMapped && !isKept && kernel.Memory.State(head).Has(FrameFlags.Dirty);
        op.PoisonSignalCode = isLost && isCallers && kernel.Profile.Version >= SignalsCallerSince
            ? ActionRequired : op.PoisonSignalCode;
    }

    /// <summary>Whether a shared mapping was stored to since the page was written back.</summary>
    private static bool IsWritten(Kernel kernel, ulong head) => Rmap.Mappings(kernel, head).Exists(mapping =>
        mapping.Vma.IsShared && mapping.Vma.Mm.Tables.TryWalk(new(mapping.Start), out var walk)
        && walk.Page.Frame == head && (walk.Entry.IsDirty || walk.Entry.IsWritable));

    /// <summary>The page leaves what it belongs to.</summary>
    /// <remarks>Models <c>me_pagecache_clean</c>, <c>me_swapcache_clean</c> and <c>me_huge_page</c>.</remarks>
    private static void Forget(Kernel kernel, CpuOperation op, ulong head, ulong frame)
    {
        ref var page = ref kernel.Memory.State(head);
        if (page.Has(FrameFlags.Hugetlb))
        {
            if (page.RefCount == 1)
            {
                Dissolve(kernel, op, head, frame);
            }

            return;
        }

        if (page.Has(FrameFlags.SwapCache) && !page.Has(FrameFlags.Dirty))
        {
            kernel.Swap.Remove(op, head);
        }

        if (page.Has(FrameFlags.Anonymous) || kernel.MappingOf(page.MappingId) is not MemoryFile file
            || (file.Kind == FileKind.SharedMemory && kernel.Profile.Version >= KeepsSharedSince))
        {
            return;
        }

        if (page.Has(FrameFlags.Dirty))
        {
            file.Pages.Remove(page.Index);
        }
        else
        {
            file.Drop(kernel.Memory, page.Index);
        }

        page.MappingId = 0;
        kernel.Put(op, head);
    }

    /// <summary>The healthy frames of a huge page go back one by one; the poisoned one keeps the last reference.</summary>
    private static void Dissolve(Kernel kernel, CpuOperation op, ulong head, ulong frame)
    {
        var count = 1UL << kernel.Memory.State(head).Order;
        kernel.Memory.State(head).Flags &= FrameFlags.Hwpoison;
        kernel.Memory.SplitCompound(head);
        for (var i = 0UL; i < count; i++)
        {
            ref var part = ref kernel.Memory.State(head + i);
            part.RefCount = 1;
            part.Flags = head + i == frame ? FrameFlags.Hwpoison : FrameFlags.None;
            if (head + i != frame)
            {
                kernel.Put(op, head + i);
            }
        }
    }

    /// <summary>Moves the contents elsewhere; then the frame is poisoned, and its users notice nothing.</summary>
    private static IEnumerable<PreemptionPoint> SoftOffline(Kernel kernel, CpuOperation op, ulong frame)
    {
        var head = kernel.Memory.HeadOf(frame);
        if (kernel.Memory.State(frame).Has(FrameFlags.Hwpoison))
        {
            kernel.Put(op, head);
            yield break;
        }

        if (kernel.Memory.State(head).Order > 0 && !kernel.Memory.State(head).Has(FrameFlags.Hugetlb))
        {
            var split = new StepResult();
            foreach (var point in SplitFolio.Page(kernel, op, head, split, pinned: frame))
            {
                yield return point;
            }

            op.Errno = split.FallsBack ? ErrorNumber.Busy : 0;
            head = split.FallsBack ? head : frame;
        }

        kernel.Put(op, head);
        if (op.Errno != 0 || kernel.Memory.State(head).RefCount == 0)
        {
            yield break;
        }

        var result = new StepResult();
        foreach (var point in Migration.Page(kernel, op, head, result))
        {
            yield return point;
        }

        if (result.Identity == 0)
        {
            op.Errno = ErrorNumber.Busy;
        }
        else if (kernel.Profile.Version >= TakesOffSince)
        {
            kernel.Memory.TryTakeOff(frame);
        }
        else
        {
            // It lies on a free list already; up to 5.9 only the mark keeps it from being handed out.
            kernel.Memory.Poison(frame);
        }
    }
}
