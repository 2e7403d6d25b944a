using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>userfaultfd with UFFD_FEATURE_SIGBUS: a fault that user space would have to handle raises SIGBUS.</summary>
/// <remarks>Models <c>mwriteprotect_range</c>, <c>mfill_atomic_install_pte</c> and the ioctls above them.</remarks>
internal static class UserFaults
{
    internal const VmaFlags All =
        VmaFlags.UffdMissing | VmaFlags.UffdWriteProtect | VmaFlags.UffdMinor | VmaFlags.UffdAsync;

    private const ulong WriteProtectMarker = 1;
    private const int ManyMappingsSince = 603;

    /// <summary>Whether a fault at an entry is one for user space.</summary>
    public static bool Handles(Vma vma, PageTableEntry entry, bool isWrite)
    {
        var isProtected = isWrite && entry.IsPresent && (entry.Value & PageTableEntry.UffdWp) != 0;
        return (vma.Has(VmaFlags.UffdWriteProtect) && !vma.Has(VmaFlags.UffdAsync) && isProtected)
            || (vma.Has(VmaFlags.UffdMissing) && (entry.IsNone || IsMarker(entry)));
    }

    /// <summary>
    /// Whether a fault at an entry is one for user space. A page of shared memory is missing only when the file has none.
    /// </summary>
    public static bool Handles(Vma vma, PageTableEntry entry, bool isWrite, ulong address)
    {
        var index = vma.IndexOf(address);
        var isInFile = entry.IsNone && vma.File is { } file
            && (file.Pages.ContainsKey(index) || file.Stored.ContainsKey(index));
        return !isInFile && Handles(vma, entry, isWrite);
    }

    /// <summary>What a fault has done already when it finds that it is one for user space.</summary>
    /// <remarks>Models <c>do_anonymous_page</c> and <c>do_huge_pmd_anonymous_page</c>.</remarks>
    public static void Prepare(AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite)
    {
        var isHuge = vma.File is null && HugePages.Fits(vma, address)
            && mm.Tables.TryFind(address, PageTables.PmdShift, out var slot, out _) && mm.Tables.Read(slot).IsNone;
        if (vma.File is null && (isWrite || isHuge))
        {
            VmaChange.PrepareAnon(mm, vma);
        }

        if (!isHuge)
        {
            mm.TryMakeTables(op, address, PageTables.PteShift, out _);
        }
    }

    /// <summary>Whether an entry only says that a page which is not there yet is to be write-protected.</summary>
    public static bool IsMarker(PageTableEntry entry) =>
        entry.IsSwap && entry.SwapType == SwapType.Marker && (entry.SwapOffset & WriteProtectMarker) != 0;

    /// <summary>An entry with userfaultfd's write protection; an empty one becomes a marker.</summary>
    /// <remarks>Models <c>make_uffd_wp_pte</c>.</remarks>
    public static PageTableEntry Protected(PageTableEntry entry) =>
        entry.IsMapped ? entry.With(PageTableEntry.UffdWp, PageTableEntry.Writable)
        : entry.IsNone ? PageTableEntry.OfSwap(SwapType.Marker, WriteProtectMarker)
        : entry.With(PageTableEntry.SwapUffdWp);

    /// <summary>Whether protection is remembered where no page is yet.</summary>
    /// <remarks>Models <c>userfaultfd_wp_use_markers</c>: files since 5.19, anonymous memory if asynchronous.</remarks>
    public static bool UsesMarkers(Vma vma) => vma.Has(VmaFlags.UffdWriteProtect)
        && (vma.File is null ? vma.Has(VmaFlags.UffdAsync) : vma.Mm.Kernel.Profile.Version >= 519);

    public static IEnumerable<PreemptionPoint> Register(
        AddressSpace mm, CpuOperation op, VirtualRange range, VmaFlags flags)
    {
        foreach (var point in LockMemory.SetFlags(mm, op, range, flags, All))
        {
            yield return point;
        }

        var mayNotShare = (flags & (VmaFlags.UffdWriteProtect | VmaFlags.UffdMinor)) != 0;
        foreach (var vma in mayNotShare ? mm.VmaList.Overlapping(range.Start.Value, range.End.Value) : [])
        {
            foreach (var point in HugetlbSharing.UnshareAll(mm, op, vma))
            {
                yield return point;
            }
        }
    }

    public static IEnumerable<PreemptionPoint> Unregister(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        foreach (var point in WriteProtect(mm, op, range, enables: false, isAsked: false))
        {
            yield return point;
        }

        foreach (var point in LockMemory.SetFlags(mm, op, range, VmaFlags.None, All))
        {
            yield return point;
        }
    }

    public static IEnumerable<PreemptionPoint> WriteProtect(
        AddressSpace mm, CpuOperation op, VirtualRange range, bool enables, bool isAsked = true)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("mwriteprotect_range");
        }

        yield return AddressSpace.Taken("mwriteprotect_range");
        op.Errno = isAsked && !IsCoveredAtOnce(mm, range) ? ErrorNumber.NoEntry : 0;
        foreach (var vma in mm.VmaList.Overlapping(range.Start.Value, range.End.Value))
        {
            if (op.Errno != 0)
            {
                break;
            }

            if (!vma.Has(VmaFlags.UffdWriteProtect))
            {
                op.Errno = isAsked ? ErrorNumber.NoEntry : 0;
                continue;
            }

            var gather = new MmuGather(mm, op, CallSite.Mprotect);
            var (start, end) = (Math.Max(range.Start.Value, vma.StartAddress), Math.Min(range.End.Value,
                vma.EndAddress));
            var change = new UserFaultProtection(enables);
            foreach (var point in vma.HugetlbShift != 0
                ? HugetlbRange.Protect(mm, op, vma, start, end, change)
                : ChangeProtection.Range(mm, op, gather, vma, start, end, change))
            {
                yield return point;
            }

            foreach (var point in ChangeProtection.FlushOfOld(mm, gather, start, end))
            {
                yield return point;
            }

            foreach (var point in gather.Flush())
            {
                yield return point;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mwriteprotect_range");
    }

    /// <summary>Up to 6.2 one mapping has the whole range; later the mappings are gone through until one has no watch.</summary>
    private static bool IsCoveredAtOnce(AddressSpace mm, VirtualRange range)
    {
        var first = mm.VmaList.Find(range.Start.Value);
        return mm.Kernel.Profile.Version >= ManyMappingsSince
            ? mm.VmaList.Overlapping(range.Start.Value, range.End.Value).Count > 0
            : first is not null && range.End.Value <= first.EndAddress && first.Has(VmaFlags.UffdWriteProtect);
    }

    /// <summary>
    /// Fills empty entries: with copies of <paramref name="page"/>, with the zero page (null), or with what the file
    /// holds.
    /// </summary>
    public static IEnumerable<PreemptionPoint> Fill(
        AddressSpace mm, CpuOperation op, VirtualRange range, ReadOnlyMemory<byte>? page, bool fromFile)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("mfill_atomic");
        }

        yield return AddressSpace.Taken("mfill_atomic");
        var vma = mm.VmaList.Find(range.Start.Value);
        op.Errno = vma is null || range.End.Value > vma.EndAddress || !vma.Has(All) ? ErrorNumber.NoEntry : 0;
        for (var at = range.Start.Value; at < range.End.Value && op.Errno == 0; at += 4096)
        {
            if (!mm.TryMakeTables(op, at, PageTables.PteShift, out var slot))
            {
                op.Errno = mm.Tables.Read(slot).IsHuge ? ErrorNumber.Exists : ErrorNumber.NoMemory;
                break;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("mfill_atomic_install_pte");
            }

            op.Errno = mm.Tables.Read(slot).IsNone ? Install(mm, op, vma!, at, slot, page, fromFile)
                : ErrorNumber.Exists;
            op.DoneBytes += op.Errno == 0 ? 4096UL : 0;
            yield return AddressSpace.Changed("mfill_atomic_install_pte");
            mm.UnlockTable(op, slot);
        }

        op.Errno = op.Errno != 0 && op.DoneBytes > 0 ? ErrorNumber.Again : op.Errno;

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mfill_atomic");
    }

    private static int Install(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, ReadOnlyMemory<byte>? page, bool fromFile)
    {
        var isOfFile = fromFile || (vma.File is not null && vma.IsShared);
        if (!isOfFile && page is null)
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address,
                PageTableEntry.Of(mm.Kernel.ZeroFrame, vma.PageBits | PageTableEntry.Special));
            return 0;
        }

        var error = isOfFile ? TakeFromFile(mm, op, vma, address, fromFile, out var frame)
            : mm.Kernel.TryAllocate(op, vma, address, 0, out frame) ? 0 : ErrorNumber.NoMemory;
        if (error != 0)
        {
            return error;
        }

        if (isOfFile)
        {
            mm.Kernel.Get(frame);
            mm.Memory.State(frame).MapCount++;
        }
        else
        {
            VmaChange.PrepareAnon(mm, vma);
            Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        }

        if (page is { } bytes)
        {
            mm.Memory.Write(PhysicalAddress.OfFrame(frame), bytes.Span);
        }

        var isWritable = (vma.Protection & Protection.Write) != 0 && (!isOfFile || vma.IsShared);
        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.Of(frame, vma.PageBits).With(
            PageTableEntry.Dirty | PageTableEntry.SoftDirty | (isWritable ? PageTableEntry.Writable : 0),
            isWritable ? 0 : PageTableEntry.Writable));
        return 0;
    }

    /// <summary>The page that the file has (minor fault), or a fresh one that it gets.</summary>
    /// <remarks>Models <c>mfill_atomic_pte_continue</c> and <c>shmem_mfill_atomic_pte</c>.</remarks>
    private static int TakeFromFile(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool fromFile, out ulong frame)
    {
        var index = vma.IndexOf(address);
        frame = 0;
        if (vma.File is not { } file || (ulong)index << 12 >= file.SizeBytes)
        {
            return ErrorNumber.Fault;
        }

        if (file.Pages.TryGetValue(index, out frame) != fromFile)
        {
            return fromFile ? ErrorNumber.Fault : ErrorNumber.Exists;
        }

        file.Stored.Remove(index, out _);
        return fromFile || FileFault.TryGetPage(mm, op, file, index, out frame) ? 0 : ErrorNumber.NoMemory;
    }
}
