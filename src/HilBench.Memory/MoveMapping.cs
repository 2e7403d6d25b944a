using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>mremap.</summary>
/// <remarks>Models <c>mremap</c>, <c>mremap_to</c> and <c>move_vma</c>.</remarks>
internal static class MoveMapping
{
    /// <summary>
    /// Before, a part that is moved with MREMAP_DONTUNMAP to the end of its own mapping stays a mapping of its own, as the
    /// recorded mixtures of 6.1 show.
    /// </summary>
    private const int MergesWithItselfSince = 612;

    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, MoveRequest request)
    {
        while (!mm.TryLockMmap(op, write: true))
        {
            yield return AddressSpace.Waiting("mremap");
        }

        yield return AddressSpace.Taken("mremap");
        op.Errno = Check(mm, request);
        request = op.Errno == 0 ? InWholePages(mm, request) : request;
        if (op.Errno == 0 && request.NewAddress is not null && !mm.Kernel.Profile.Has(CallSite.MremapHugetlb)
            && mm.VmaList.Find(request.Address)!.HugetlbShift != 0)
        {
            op.Errno = ErrorNumber.Invalid;
        }

        if (op.Errno == 0)
        {
            foreach (var point in request.NewAddress is null ? InPlace(mm, op, request) : To(mm, op, request))
            {
                yield return point;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mremap");
    }

    private static int Check(AddressSpace mm, MoveRequest request)
    {
        if (request.Address % 4096 != 0 || request.NewSize == 0 || (request.KeepsOld
            && request.OldSize != request.NewSize))
        {
            return ErrorNumber.Invalid;
        }

        if (mm.VmaList.Find(request.Address) is not { } vma)
        {
            return ErrorNumber.Fault;
        }

        if (vma.HugetlbShift != 0)
        {
            // Reserved pages cannot be parted: whole pages only, and no growth.
            var part = (1UL << vma.HugetlbShift) - 1;
            if (((request.Address | (request.NewAddress ?? 0)) & part) != 0
                || ((request.NewSize + part) & ~part) > ((request.OldSize + part) & ~part))
            {
                return ErrorNumber.Invalid;
            }
        }

        if (request.NewAddress is not { } target)
        {
            return 0;
        }

        var overlaps = request.Address + request.OldSize > target && target + request.NewSize > request.Address;
        return target % 4096 != 0 || overlaps ? ErrorNumber.Invalid : 0;
    }

    /// <summary>mremap of hugetlb rounds its lengths up to the mapping's pages, unlike munmap.</summary>
    private static MoveRequest InWholePages(AddressSpace mm, MoveRequest request)
    {
        var vma = mm.VmaList.Find(request.Address)!;
        var part = vma.HugetlbShift == 0 ? 0 : (1UL << vma.HugetlbShift) - 1;
        return request with { OldSize = (request.OldSize + part) & ~part, NewSize = (request.NewSize + part) & ~part };
    }

    private static int CheckResize(AddressSpace mm, ulong address, ulong oldSize)
    {
        var vma = mm.VmaList.Find(address);
        if (vma is null || oldSize > vma.EndAddress - address)
        {
            return ErrorNumber.Fault;
        }

        return oldSize == 0 && !vma.IsShared ? ErrorNumber.Invalid : 0;
    }

    private static IEnumerable<PreemptionPoint> InPlace(AddressSpace mm, CpuOperation op, MoveRequest request)
    {
        if (request.OldSize >= request.NewSize)
        {
            if (request.OldSize > request.NewSize)
            {
                foreach (var point in MapMemory.UnmapLocked(
                    mm, op, request.Address + request.NewSize, request.Address + request.OldSize))
                {
                    yield return point;
                }
            }

            op.Range = VirtualRange.OfSize(new(request.Address), request.NewSize);
            yield break;
        }

        op.Errno = CheckResize(mm, request.Address, request.OldSize);
        if (op.Errno != 0)
        {
            yield break;
        }

        var vma = mm.VmaList.Find(request.Address)!;
        var end = request.Address + request.NewSize;
        if (vma.EndAddress == request.Address + request.OldSize
            && mm.VmaList.Overlapping(vma.EndAddress, end).Count == 0)
        {
            vma.EndAddress = end;
            op.Range = VirtualRange.OfSize(new(request.Address), request.NewSize);
        }
        else
        {
            op.Errno = ErrorNumber.NoMemory;
        }
    }

    private static IEnumerable<PreemptionPoint> To(AddressSpace mm, CpuOperation op, MoveRequest request)
    {
        var target = request.NewAddress!.Value;
        foreach (var point in MapMemory.UnmapLocked(mm, op, target, target + request.NewSize))
        {
            yield return point;
        }

        var oldSize = request.OldSize;
        if (op.Errno == 0 && oldSize > request.NewSize)
        {
            foreach (var point in MapMemory.UnmapLocked(mm, op, request.Address + request.NewSize,
                request.Address + oldSize))
            {
                yield return point;
            }

            oldSize = request.NewSize;
        }

        op.Errno = op.Errno != 0 ? op.Errno : CheckResize(mm, request.Address, oldSize);
        if (op.Errno == 0 && request.KeepsOld && mm.VmaList.Find(request.Address)!.HugetlbShift != 0)
        {
            op.Errno = ErrorNumber.Invalid;
        }

        if (op.Errno == 0)
        {
            op.Range = VirtualRange.OfSize(new(target), request.NewSize);
            foreach (var point in Move(mm, op, request, target, oldSize))
            {
                yield return point;
            }
        }
    }

    private static IEnumerable<PreemptionPoint> Move(
        AddressSpace mm, CpuOperation op, MoveRequest request, ulong target, ulong oldSize)
    {
        var vma = mm.VmaList.Find(request.Address)!;
        var breaksMerged = vma.Has(VmaFlags.Mergeable) && vma.AnonVma is not null;
        foreach (var point in breaksMerged
            ? SamePageMerging.Break(mm, op, vma, request.Address, request.Address + oldSize) : [])
        {
            yield return point;
        }

        // A walk over the mappings of a page that began without the copy must be over before entries move there (anon_vma_clone).
        while (!mm.Kernel.TryEnterRmap(op, write: true))
        {
            yield return AddressSpace.Waiting("copy_vma");
        }

        var copy = new Vma(mm, target, target + request.NewSize)
        {
            Protection = vma.Protection,
            Flags = vma.Flags,
            File = vma.File,
            PageOffset = vma.File is null && vma.AnonVma is null && vma.HugetlbShift == 0 ? target >> 12
                : vma.IndexOf(request.Address),
            AnonVma = vma.AnonVma,
            HugetlbShift = vma.HugetlbShift,
        };
        VmaChange.Link(copy, vma.AnonVmaChain);
        copy.File?.Vmas.Add(copy);
        mm.VmaList.Add(copy);
        mm.Kernel.LeaveRmap(op);
        var staysApart = request.KeepsOld && mm.Kernel.Profile.Version < MergesWithItselfSince;
        VmaChange.MergeAround(mm, copy, except: staysApart ? vma : null);

        // Merged with the watched neighbours first, userfaultfd then forgets the whole mapping.
        mm.VmaList.Find(target)!.Flags &= ~UserFaults.All;
        vma = mm.VmaList.Find(request.Address)!;
        if (oldSize > 0)
        {
            var steps = vma.HugetlbShift != 0
                ? HugetlbRange.Move(mm, op, vma, request.Address, target, oldSize)
                : MovePages.Run(mm, op, vma, mm.VmaList.Find(target)!, request.Address, target, oldSize);
            foreach (var point in steps)
            {
                yield return point;
            }
        }

        if (request.KeepsOld)
        {
            vma.Flags &= ~(VmaFlags.Locked | VmaFlags.LockOnFault);
            if (vma.StartAddress == request.Address && vma.EndAddress == request.Address + oldSize)
            {
                VmaChange.ForgetAnon(vma);
            }

            yield break;
        }

        if (oldSize > 0)
        {
            foreach (var point in MapMemory.UnmapLocked(mm, op, request.Address, request.Address + oldSize))
            {
                yield return point;
            }
        }
    }
}
