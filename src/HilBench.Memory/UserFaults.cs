using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>userfaultfd with UFFD_FEATURE_SIGBUS: a fault that user space would have to handle raises SIGBUS.</summary>
/// <remarks>Models <c>mwriteprotect_range</c>, <c>mfill_atomic_install_pte</c> and the ioctls above them.</remarks>
internal static class UserFaults
{
    internal const VmaFlags All = VmaFlags.UffdMissing | VmaFlags.UffdWriteProtect | VmaFlags.UffdMinor;

    /// <summary>Whether a fault at an entry is one for user space.</summary>
    public static bool Handles(Vma vma, PageTableEntry entry, bool isWrite)
    {
        var isProtected = isWrite && entry.IsPresent && (entry.Value & PageTableEntry.UffdWp) != 0;
        return (vma.Has(VmaFlags.UffdWriteProtect) && isProtected) || (vma.Has(VmaFlags.UffdMissing) && entry.IsNone);
    }

    public static IEnumerable<PreemptionPoint> Register(
        AddressSpace mm, CpuOperation op, VirtualRange range, VmaFlags flags) =>
        LockMemory.SetFlags(mm, op, range, flags, All);

    public static IEnumerable<PreemptionPoint> Unregister(AddressSpace mm, CpuOperation op, VirtualRange range)
    {
        foreach (var point in WriteProtect(mm, op, range, enables: false))
        {
            yield return point;
        }

        foreach (var point in LockMemory.SetFlags(mm, op, range, VmaFlags.None, All))
        {
            yield return point;
        }
    }

    public static IEnumerable<PreemptionPoint> WriteProtect(
        AddressSpace mm, CpuOperation op, VirtualRange range, bool enables)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("mwriteprotect_range");
        }

        yield return AddressSpace.Taken("mwriteprotect_range");
        foreach (var vma in mm.VmaList.Overlapping(range.Start.Value, range.End.Value))
        {
            if (!vma.Has(VmaFlags.UffdWriteProtect))
            {
                continue;
            }

            var gather = new MmuGather(mm, op, CallSite.Mprotect);
            var (start, end) = (Math.Max(range.Start.Value, vma.StartAddress), Math.Min(range.End.Value,
                vma.EndAddress));
            foreach (var point in ChangeProtection.Range(mm, op, gather, vma, start, end,
                new UserFaultProtection(enables)))
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
        for (var at = range.Start.Value; at < range.End.Value && op.Errno == 0; at += 4096)
        {
            var vma = mm.VmaList.Find(at);
            if (vma is null || !mm.TryMakeTables(op, at, PageTables.PteShift, out var slot))
            {
                op.Errno = ErrorNumber.Fault;
                break;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("mfill_atomic_install_pte");
            }

            op.Errno = mm.Tables.Read(slot).IsNone ? Install(mm, op, vma, at, slot, page, fromFile)
                : ErrorNumber.Exists;
            yield return AddressSpace.Changed("mfill_atomic_install_pte");
            mm.UnlockTable(op, slot);
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("mfill_atomic");
    }

    private static int Install(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, ReadOnlyMemory<byte>? page, bool fromFile)
    {
        ulong frame;
        if (fromFile)
        {
            if (vma.File is null || !vma.File.Pages.TryGetValue(vma.IndexOf(address), out frame))
            {
                return ErrorNumber.Fault;
            }

            mm.Kernel.Get(frame);
            mm.Memory.State(frame).MapCount++;
        }
        else if (page is { } bytes)
        {
            if (!mm.Kernel.TryAllocate(op, 0, out frame))
            {
                return ErrorNumber.NoMemory;
            }

            mm.Memory.Write(PhysicalAddress.OfFrame(frame), bytes.Span);
            VmaChange.PrepareAnon(mm, vma);
            Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        }
        else
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address,
                PageTableEntry.Of(mm.Kernel.ZeroFrame, vma.PageBits | PageTableEntry.Special));
            return 0;
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.Of(frame,
            vma.PageBits).With(PageFault.WriteBits(vma)));
        return 0;
    }
}
