using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// Pages of 2 MiB or 1 GiB as hugetlb has them: faulted whole, never split, copied whole on a private write after fork.
/// </summary>
internal static class HugetlbPages
{
    /// <remarks>Models <c>hugetlb_fault</c> with <c>hugetlb_no_page</c> and <c>hugetlb_wp</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Fault(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool isWrite)
    {
        address &= ~(SizeOf(vma) - 1);
        if (vma.File is { } file && vma.IndexOf(address) << 12 >= file.SizeBytes)
        {
            op.Raise(Signal.Bus, 2);
            yield break;
        }

        foreach (var point in HugetlbSharing.Share(mm, op, vma, address))
        {
            yield return point;
        }

        if (!mm.TryMakeTables(op, address, vma.HugetlbShift, out var slot))
        {
            PageFault.OutOfMemory(op);
            yield break;
        }

        var entry = mm.Tables.Read(slot);
        if (entry.IsSwap && entry.SwapType == SwapType.Hwpoison)
        {
            op.Raise(Signal.Bus, MemoryFailure.ActionRequired);
            yield break;
        }

        if (MigrationEntry.IsMigration(entry))
        {
            foreach (var point in PageFault.WaitForMigration(mm, slot, entry))
            {
                yield return point;
            }

            yield break;
        }

        if (IsForUserFault(vma, address, entry, isWrite))
        {
            op.Raise(Signal.Bus, 2);
            yield break;
        }

        foreach (var point in entry.IsNone ? FirstFault(mm, op, vma, address, slot, isWrite)
            : isWrite ? WriteProtected(mm, op, vma, address, slot) : [])
        {
            yield return point;
        }
    }

    /// <summary>Missing, present only in the file, or protected: what userfaultfd watches.</summary>
    private static bool IsForUserFault(Vma vma, ulong address, PageTableEntry entry, bool isWrite)
    {
        var isInFile = vma.File is { } file && file.Pages.ContainsKey(vma.IndexOf(address));
        return entry.IsNone
            ? (vma.Has(VmaFlags.UffdMissing) && !isInFile) || (vma.Has(VmaFlags.UffdMinor) && isInFile)
            : UserFaults.Handles(vma, entry, isWrite);
    }

    /// <summary>A private store to a page that only the file has copies it at once.</summary>
    private static IEnumerable<PreemptionPoint> FirstFault(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, bool isWrite)
    {
        var mustCopy = isWrite && vma.IsCow && vma.File is { } file && file.Pages.ContainsKey(vma.IndexOf(address));
        foreach (var point in NoPage(mm, op, vma, address, slot, isWrite && !mustCopy))
        {
            yield return point;
        }

        foreach (var point in mustCopy ? WriteProtected(mm, op, vma, address, slot) : [])
        {
            yield return point;
        }
    }

    private static ulong SizeOf(Vma vma) => 1UL << vma.HugetlbShift;

    private static int OrderOf(Vma vma) => vma.HugetlbShift - 12;

    private static IEnumerable<PreemptionPoint> NoPage(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, bool isWrite)
    {
        var isOwn = FindOrMake(mm, op, vma, address, out var frame);
        var isOfFile = frame != 0 && vma.File is { } file && file.Pages.ContainsValue(frame);
        if (frame == 0)
        {
            PageFault.OutOfMemory(op);
            yield break;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("hugetlb_no_page");
        }

        yield return AddressSpace.Taken("hugetlb_no_page");
        if (mm.Tables.Read(slot).IsNone)
        {
            Map(mm, vma, address, frame, isOfFile);
            var isWritable = (vma.Protection & Protection.Write) != 0 && (isWrite || vma.IsShared);
            mm.SetEntry(op, slot, vma.HugetlbShift, address, PageTableEntry.Of(frame, Vma.BitsOf(vma.Protection,
                isWritable)
                | PageTableEntry.PageSize | (isWritable ? PageTableEntry.Dirty | PageTableEntry.SoftDirty : 0)));
            yield return AddressSpace.Changed("hugetlb_no_page");
        }
        else if (isOwn)
        {
            mm.Kernel.Put(op, frame);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("hugetlb_no_page");
    }

    private static bool FindOrMake(AddressSpace mm, CpuOperation op, Vma vma, ulong address, out ulong frame)
    {
        var index = vma.IndexOf(address);
        if (vma.File is { } file && file.Pages.TryGetValue(index, out frame))
        {
            mm.Kernel.Get(frame);
            return true;
        }

        if (!mm.Kernel.TryAllocate(op, vma, address, OrderOf(vma), out frame))
        {
            frame = 0;
            return false;
        }

        mm.Memory.State(frame).Flags |= FrameFlags.Hugetlb;
        if (vma is { File: { } owner, IsShared: true })
        {
            owner.Pages.Add(index, frame);
            mm.Memory.State(frame).MappingId = owner.Id;
            mm.Memory.State(frame).Index = index;
            mm.Kernel.Get(frame);
        }

        return true;
    }

    private static void Map(AddressSpace mm, Vma vma, ulong address, ulong frame, bool isOfFile)
    {
        if (!isOfFile)
        {
            VmaChange.PrepareAnon(mm, vma);
            Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        }
        else
        {
            mm.Memory.State(frame).EntireMapCount++;
        }
    }

    private static IEnumerable<PreemptionPoint> WriteProtected(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot)
    {
        var seen = mm.Tables.Read(slot);
        if (seen.IsWritable || !seen.IsPresent)
        {
            yield break;
        }

        ref var state = ref mm.Memory.State(seen.Frame);
        if (vma.IsShared || state.Has(FrameFlags.AnonExclusive) || state.RefCount == 1)
        {
            state.Flags |= vma.IsShared ? 0 : FrameFlags.AnonExclusive;
            mm.SetEntry(op, slot, vma.HugetlbShift, address, seen.With(PageFault.WriteBits(vma)));
            yield return AddressSpace.Changed("hugetlb_wp");
            yield break;
        }

        mm.Kernel.Get(seen.Frame);
        if (!mm.Kernel.TryAllocate(op, vma, address, OrderOf(vma), out var frame))
        {
            mm.Kernel.Put(op, seen.Frame);
            PageFault.OutOfMemory(op);
            yield break;
        }

        mm.Memory.State(frame).Flags |= FrameFlags.Hugetlb;
        for (var i = 0UL; i < SizeOf(vma) >> 12; i++)
        {
            mm.Memory.Copy(seen.Frame + i, frame + i);
        }

        yield return new(PreemptionKind.PageCopied, "hugetlb_wp");
        foreach (var point in Replace(mm, op, vma, address, slot, seen, frame))
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen, ulong frame)
    {
        var range = mm.Announce(CallSite.HugetlbCow, vma, address, address + SizeOf(vma), NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("hugetlb_wp");
        }

        yield return AddressSpace.Taken("hugetlb_wp");
        var isSame = mm.Tables.Read(slot) == seen;
        if (isSame)
        {
            foreach (var point in EntryUpdate.ClearFlushHuge(
                mm, op, slot, address, vma.HugetlbShift, CallSite.HugetlbCow))
            {
                yield return point;
            }

            mm.Memory.State(seen.Frame).EntireMapCount--;
            VmaChange.PrepareAnon(mm, vma);
            Rmap.AddNewAnon(mm.Memory, frame, vma, address);
            mm.SetEntry(op, slot, vma.HugetlbShift, address,
                PageTableEntry.Of(frame, vma.PageBits | PageTableEntry.PageSize).With(PageFault.WriteBits(vma)));
            yield return AddressSpace.Changed("hugetlb_wp");
            foreach (var point in EntryUpdate.AfterSet(mm, op, address, vma.HugetlbShift, CallSite.HugetlbCow))
            {
                yield return point;
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("hugetlb_wp");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        yield return new(PreemptionKind.BeforeFree, "hugetlb_wp");
        mm.Kernel.Put(op, seen.Frame, isSame ? 2 : 1);
        if (!isSame)
        {
            mm.Kernel.Put(op, frame);
        }
    }
}
