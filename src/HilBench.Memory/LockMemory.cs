using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>mlock and munlock.</summary>
/// <remarks>Models <c>apply_vma_lock_flags</c> and <c>__mm_populate</c>.</remarks>
internal static class LockMemory
{
    /// <summary>mbind: the mapping is cut where it is bound. Nothing is done when a part is not mapped.</summary>
    /// <remarks>Models <c>queue_pages_test_walk</c> (holes), then <c>mbind_range</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Bind(AddressSpace mm, CpuOperation op, VirtualRange range, byte node)
    {
        var (start, end) = (range.Start.Value, AddressSpace.PageEnd(range));
        if (start % 4096 != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            return [];
        }

        if (HasHole(mm, start, end))
        {
            op.Errno = ErrorNumber.Fault;
            return [];
        }

        foreach (var vma in mm.VmaList.Overlapping(start, end))
        {
            var (from, to) = (Math.Max(start, vma.StartAddress), Math.Min(end, vma.EndAddress));
            vma.File?.Bind(vma.IndexOf(from), (to - from) >> 12, node);
        }

        var bound = VmaFlags.Bound | (node == Kernel.LocalNode ? VmaFlags.None : VmaFlags.BoundRemote);
        return SetFlags(mm, op, range, bound, VmaFlags.Bound | VmaFlags.BoundRemote);
    }

    /// <summary>Whether an address of the range is not mapped: at its head, in the middle or at its tail.</summary>
    private static bool HasHole(AddressSpace mm, ulong start, ulong end)
    {
        for (var at = start; at < end;)
        {
            if (mm.VmaList.Find(at) is not { } vma)
            {
                return true;
            }

            at = vma.EndAddress;
        }

        return false;
    }

    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, VirtualRange range, VmaFlags flags)
    {
        foreach (var point in SetFlags(mm, op, range, flags, VmaFlags.Locked | VmaFlags.LockOnFault))
        {
            yield return point;
        }

        if (op.Errno == 0 && flags.HasFlag(VmaFlags.Locked))
        {
            foreach (var point in Populate(mm, op, range.Start.Value & ~4095UL, AddressSpace.PageEnd(range)))
            {
                yield return point;
            }
        }
    }

    /// <summary>Gives the mappings of a range other flags.</summary>
    internal static IEnumerable<PreemptionPoint> SetFlags(
        AddressSpace mm, CpuOperation op, VirtualRange range, VmaFlags flags, VmaFlags mask)
    {
        var (start, end) = (range.Start.Value & ~4095UL, AddressSpace.PageEnd(range));
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("mlock");
        }

        yield return AddressSpace.Taken("mlock");
        for (var at = start; at < end && op.Errno == 0;)
        {
            var vma = mm.VmaList.Find(at);
            if (vma is null)
            {
                op.Errno = ErrorNumber.NoMemory;
                break;
            }

            // hugetlb pages always stay: to lock them is not noted.
            var stop = Math.Min(end, vma.EndAddress);
            var isNoted = vma.HugetlbShift == 0 || (mask & VmaFlags.Locked) == 0;
            var wanted = isNoted ? (vma.Flags & ~mask) | flags : vma.Flags;
            if (wanted != vma.Flags)
            {
                foreach (var point in VmaChange.Modify(mm, op, vma, at, stop, vma.Protection, wanted))
                {
                    yield return point;
                }
            }

            at = stop;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mlock");
    }

    /// <summary>Faults pages in; private writable memory as for a store, so that it is not copied later.</summary>
    public static IEnumerable<PreemptionPoint> Populate(AddressSpace mm, CpuOperation op, ulong start, ulong end)
    {
        for (var at = start; at < end;)
        {
            var vma = mm.VmaList.Find(at);
            if (vma is null)
            {
                yield break;
            }

            var stop = Math.Min(end, vma.EndAddress);
            var forWrite = !vma.IsShared && (vma.Protection & Protection.Write) != 0;
            foreach (var point in vma.Has(VmaFlags.LockOnFault) ? []
                : MemoryAccess.FaultIn(mm, op, new(new(at), new(stop)), forWrite))
            {
                yield return point;
            }

            if (op.Signal != Signal.None)
            {
                op.Errno = ErrorNumber.NoMemory;
                op.Raise(Signal.None, 0);
                yield break;
            }

            at = stop;
        }
    }
}
