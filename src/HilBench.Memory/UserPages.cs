using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The kernel looks up a page of a process, and faults it in where needed, for itself or for a driver.</summary>
/// <remarks>Models <c>__get_user_pages</c> with <c>follow_page_pte</c> and <c>faultin_page</c>.</remarks>
internal static class UserPages
{
    private const int UnsharesFilesSince = 602;
    private const int RefusesFilesSince = 605;

    /// <summary>
    /// One page, with a reference: its frame is in the result, or 0 and the error in the operation. The mmap lock is held.
    /// </summary>
    public static IEnumerable<PreemptionPoint> Get(
        AddressSpace mm, CpuOperation op, ulong address, UserPageFlags flags, StepResult result)
    {
        address &= ~4095UL;
        result.Frame = 0;
        var vma = mm.VmaList.Find(address);
        if (vma is null || !IsAllowed(mm, vma, flags))
        {
            op.Errno = ErrorNumber.Fault;
            yield break;
        }

        while (!TryFollow(mm, op, vma, address, flags, result, out var mustUnshare))
        {
            var steps = mustUnshare ? PageFault.Unshare(mm, op, vma, address)
                : PageFault.Forced(mm, op, vma, address, flags.HasFlag(UserPageFlags.Write));
            foreach (var point in steps)
            {
                yield return point;
            }

            if (op.Signal != Signal.None)
            {
                op.Raise(Signal.None, 0);
                op.Errno = ErrorNumber.Fault;
                yield break;
            }
        }
    }

    /// <summary>Pins the pages of a range, up to the first that cannot be had.</summary>
    /// <remarks>Models <c>pin_user_pages</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Pin(
        AddressSpace mm, CpuOperation op, VirtualRange range, UserPageFlags flags)
    {
        mm.HasPinned = true;
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("pin_user_pages");
        }

        yield return AddressSpace.Taken("pin_user_pages");
        var pages = new List<PhysicalAddress>();
        var result = new StepResult();
        for (var at = range.Start.Value & ~4095UL; at < range.End.Value && op.Errno == 0; at += 4096)
        {
            foreach (var point in Get(mm, op, at, flags | UserPageFlags.Pin, result))
            {
                yield return point;
            }

            if (result.Frame != 0)
            {
                mm.Memory.State(mm.Memory.HeadOf(result.Frame)).PinCount++;
                pages.Add(PhysicalAddress.OfFrame(result.Frame));
            }
        }

        op.PinnedPages = pages;
        op.DoneBytes = (ulong)pages.Count << 12;
        op.Errno = pages.Count > 0 ? 0 : op.Errno;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("pin_user_pages");
    }

    /// <remarks>Models <c>unpin_user_pages</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Unpin(
        AddressSpace mm, CpuOperation op, IReadOnlyList<PhysicalAddress> pages)
    {
        foreach (var page in pages)
        {
            mm.Memory.State(mm.Memory.HeadOf(page.Frame)).PinCount--;
            yield return new(PreemptionKind.BeforeFree, "unpin_user_pages");
            mm.Kernel.Put(op, page.Frame);
        }
    }

    /// <summary>Whether a driver may be reading or writing the page by DMA.</summary>
    /// <remarks>Models <c>page_needs_cow_for_dma</c>.</remarks>
    public static bool IsPinned(AddressSpace mm, ulong frame) =>
        mm.HasPinned && mm.Memory.State(mm.Memory.HeadOf(frame)).PinCount > 0;

    /// <remarks>Models <c>check_vma_flags</c>.</remarks>
    private static bool IsAllowed(AddressSpace mm, Vma vma, UserPageFlags flags)
    {
        if (!flags.HasFlag(UserPageFlags.Write))
        {
            return (vma.Protection & Protection.Read) != 0 || flags.HasFlag(UserPageFlags.Force);
        }

        if ((vma.Protection & Protection.Write) == 0)
        {
            return flags.HasFlag(UserPageFlags.Force) && vma.IsCow && vma.HugetlbShift == 0;
        }

        return !(flags.HasFlag(UserPageFlags.Pin | UserPageFlags.LongTerm)
            && vma is { IsShared: true, File.Kind: FileKind.Disk } && mm.Kernel.Profile.Version >= RefusesFilesSince);
    }

    private static bool TryFollow(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, UserPageFlags flags, StepResult result,
        out bool mustUnshare)
    {
        mustUnshare = false;
        var isPte = mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out var shift);
        var entry = mm.Tables.Read(slot);
        var isLeaf = (isPte && entry.IsMapped) || entry.IsHuge;
        if (!isLeaf || (entry.IsProtNone && !flags.HasFlag(UserPageFlags.Force)))
        {
            return false;
        }

        var frame = entry.Frame + ((address & ((1UL << shift) - 1)) >> 12);
        var isExclusive = mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive);
        if (flags.HasFlag(UserPageFlags.Write) && !CanWrite(vma, entry, flags, isExclusive))
        {
            return false;
        }

        mustUnshare = !flags.HasFlag(UserPageFlags.Write) && flags.HasFlag(UserPageFlags.Pin)
            && MustUnshare(mm, vma, entry, flags, isExclusive);
        if (mustUnshare)
        {
            return false;
        }

        // x86 notes a use of a huge page only with a store (pmdp_set_access_flags).
        if (!isPte && flags.HasFlag(UserPageFlags.Touch | UserPageFlags.Write) && vma.HugetlbShift == 0)
        {
            mm.SetEntry(op, slot, shift, address,
                entry.With(PageTableEntry.Accessed | PageTableEntry.Dirty | PageTableEntry.SoftDirty));
        }

        mm.Kernel.Get(frame);
        result.Frame = frame;
        return true;
    }

    /// <remarks>Models <c>can_follow_write_pte</c>.</remarks>
    private static bool CanWrite(Vma vma, PageTableEntry entry, UserPageFlags flags, bool isExclusive)
    {
        if (entry.IsWritable)
        {
            return true;
        }

        var isTracked = !vma.Has(VmaFlags.SoftDirty) && (entry.Value & PageTableEntry.SoftDirty) == 0;
        return flags.HasFlag(UserPageFlags.Force) && vma.IsCow && isExclusive && !isTracked
            && (entry.Value & PageTableEntry.UffdWp) == 0;
    }

    /// <remarks>Models <c>gup_must_unshare</c>.</remarks>
    private static bool MustUnshare(
        AddressSpace mm, Vma vma, PageTableEntry entry, UserPageFlags flags, bool isExclusive)
    {
        if (vma.HugetlbShift != 0)
        {
            return false;
        }

        return mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Anonymous) ? !isExclusive
            : flags.HasFlag(UserPageFlags.LongTerm) && vma.IsCow && mm.Kernel.Profile.Version >= UnsharesFilesSince;
    }
}
