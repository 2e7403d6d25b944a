using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>madvise.</summary>
/// <remarks>Models <c>do_madvise</c> and <c>madvise_walk_vmas</c>.</remarks>
internal static class AdviseMemory
{
    private const int PopulatesAtOnceSince = 609;
    private const int RemovesReadOnlySince = 601;

    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, VirtualRange range, Advice advice)
    {
        var (start, end) = (range.Start.Value, AddressSpace.PageEnd(range));
        if (start % 4096 != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            return [];
        }

        if (advice is Advice.Hwpoison or Advice.SoftOffline)
        {
            return MemoryFailure.Inject(mm, op, start, end, isSoft: advice == Advice.SoftOffline);
        }

        return advice is Advice.PopulateRead or Advice.PopulateWrite
            && mm.Kernel.Profile.Version >= PopulatesAtOnceSince
            ? Populate(mm, op, start, end, advice == Advice.PopulateWrite)
            : EachVma(mm, op, start, end, advice);
    }

    private static IEnumerable<PreemptionPoint> EachVma(
        AddressSpace mm, CpuOperation op, ulong start, ulong end, Advice advice)
    {
        var isWriter = TryFlags(VmaFlags.None, advice, out _) || advice == Advice.Collapse;
        while (!mm.TryLockMmap(op, isWriter))
        {
            yield return AddressSpace.Waiting("madvise");
        }

        yield return AddressSpace.Taken("madvise");
        var hasHole = false;
        for (var at = start; at < end && op.Errno == 0;)
        {
            var vma = mm.VmaList.Find(at) ?? mm.VmaList.StartingAtOrAfter(at);
            if (vma is null || vma.StartAddress >= end)
            {
                hasHole = true;
                break;
            }

            hasHole |= vma.StartAddress > at;
            var from = Math.Max(at, vma.StartAddress);
            var to = Math.Min(end, vma.EndAddress);
            foreach (var point in One(mm, op, vma, from, to, advice))
            {
                yield return point;
            }

            at = to;
        }

        op.Errno = op.Errno == 0 && hasHole ? ErrorNumber.NoMemory : op.Errno;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("madvise");
    }

    private static IEnumerable<PreemptionPoint> One(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, Advice advice)
    {
        if (advice == Advice.WipeOnFork && (vma.File is not null || vma.IsShared || vma.HugetlbShift != 0))
        {
            op.Errno = ErrorNumber.Invalid;
            return [];
        }

        if (TryFlags(vma.Flags, advice, out var flags))
        {
            return flags == vma.Flags ? []
                : advice == Advice.Unmergeable ? Unmerge(mm, op, vma, start, end, flags)
                : VmaChange.Modify(mm, op, vma, start, end, vma.Protection, flags);
        }

        switch (advice)
        {
            case Advice.DontNeed or Advice.DontNeedLocked when vma.HugetlbShift != 0
                && ((start | end) & ((1UL << vma.HugetlbShift) - 1)) != 0:
                op.Errno = ErrorNumber.Invalid;
                return [];
            case Advice.DontNeed when !vma.Has(VmaFlags.Locked):
            case Advice.DontNeedLocked:
                return ZapRange.Run(mm, op, vma, start, end);
            case Advice.Free when vma.File is null && !vma.Has(VmaFlags.Locked | VmaFlags.Hugetlb):
                return LazyFree.Run(mm, op, vma, start, end);
            case Advice.Cold or Advice.PageOut when !vma.Has(VmaFlags.Locked | VmaFlags.Hugetlb):
                return ColdMemory.Run(mm, op, start, end, advice == Advice.PageOut);
            case Advice.PopulateRead or Advice.PopulateWrite:
                return PopulatePart(mm, op, vma, start, end, advice == Advice.PopulateWrite);
            case Advice.Remove when vma.File is null || vma.Has(VmaFlags.Locked):
                op.Errno = ErrorNumber.Invalid;
                return [];
            case Advice.Remove when !vma.IsShared || ((vma.Protection & Protection.Write) == 0
                && mm.Kernel.Profile.Version < RemovesReadOnlySince):
                op.Errno = ErrorNumber.Access;
                return [];
            case Advice.Remove:
                var offset = vma.IndexOf(start) << 12;
                return FileOperations.Punch(mm.Kernel, op, vma.File!, offset, offset + (end - start));
            case Advice.Collapse:
                return CollapseMemory.Range(mm, op, vma, start, end, isKhugepaged: false);
            case Advice.WillNeed:
                return [];
            default:
                op.Errno = ErrorNumber.Invalid;
                return [];
        }
    }

    private static IEnumerable<PreemptionPoint> Unmerge(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, VmaFlags flags)
    {
        foreach (var point in SamePageMerging.Break(mm, op, vma, start, end))
        {
            yield return point;
        }

        foreach (var point in VmaChange.Modify(mm, op, vma, start, end, vma.Protection, flags))
        {
            yield return point;
        }
    }

    private static bool TryFlags(VmaFlags flags, Advice advice, out VmaFlags changed)
    {
        (var set, var clear, var isFlag) = advice switch
        {
            Advice.HugePage => (VmaFlags.HugePage, VmaFlags.NoHugePage, true),
            Advice.NoHugePage => (VmaFlags.NoHugePage, VmaFlags.HugePage, true),
            Advice.Mergeable => (VmaFlags.Mergeable, VmaFlags.None, true),
            Advice.Unmergeable => (VmaFlags.None, VmaFlags.Mergeable, true),
            Advice.DontFork => (VmaFlags.DontFork, VmaFlags.None, true),
            Advice.DoFork => (VmaFlags.None, VmaFlags.DontFork, true),
            Advice.WipeOnFork => (VmaFlags.WipeOnFork, VmaFlags.None, true),
            Advice.KeepOnFork => (VmaFlags.None, VmaFlags.WipeOnFork, true),
            Advice.DontDump => (VmaFlags.DontDump, VmaFlags.None, true),
            Advice.DoDump => (VmaFlags.None, VmaFlags.DontDump, true),
            Advice.Sequential => (VmaFlags.Sequential, VmaFlags.Random, true),
            Advice.Random => (VmaFlags.Random, VmaFlags.Sequential, true),
            Advice.Normal => (VmaFlags.None, VmaFlags.Sequential | VmaFlags.Random, true),
            _ => (VmaFlags.None, VmaFlags.None, false),
        };
        // ksm_madvise ignores what KSM cannot merge, without an error.
        changed = advice == Advice.Mergeable && (flags & (VmaFlags.Shared | VmaFlags.Hugetlb)) != 0 ? flags : (flags | set) & ~clear;
        return isFlag;
    }

    /// <summary>Before 6.9 each mapping was populated on its own; holes were noticed in the end.</summary>
    private static IEnumerable<PreemptionPoint> PopulatePart(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, bool forWrite)
    {
        if ((vma.Protection & (forWrite ? Protection.Write : Protection.Read)) == 0)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        mm.UnlockMmap(op);
        foreach (var point in Populate(mm, op, start, end, forWrite))
        {
            yield return point;
        }

        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("madvise_populate");
        }
    }

    private static IEnumerable<PreemptionPoint> Populate(
        AddressSpace mm, CpuOperation op, ulong start, ulong end, bool forWrite)
    {
        foreach (var point in MemoryAccess.FaultIn(mm, op, new(new(start), new(end)), forWrite))
        {
            yield return point;
        }

        if (op.Signal != Signal.None)
        {
            op.Errno = op.Signal != Signal.Segv ? ErrorNumber.Fault
                : op.SignalCode == 1 ? ErrorNumber.NoMemory : ErrorNumber.Invalid;
            op.Raise(Signal.None, 0);
        }
    }
}
