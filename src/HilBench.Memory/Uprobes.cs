using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Breakpoints in the code of a file: every private mapping of it gets its own copy of the page.</summary>
/// <remarks>
/// Models <c>uprobe_register</c>, <c>uprobe_unregister</c>, <c>uprobe_mmap</c> and <c>uprobe_write_opcode</c>. Up to
/// 6.15 the page is exchanged (<c>__replace_page</c>); later the copy is written in place.
/// </remarks>
internal static class Uprobes
{
    /// <summary>int3.</summary>
    internal const byte Breakpoint = 0xCC;

    /// <summary>From here on the address is rounded to a page before the range is announced.</summary>
    private const int RoundsSince = 608;

    /// <summary>From here on the copy is changed in place.</summary>
    private const int InPlaceSince = 616;

    public static IEnumerable<PreemptionPoint> Add(CpuOperation op, MemoryFile file, ulong offset)
    {
        if (offset >= file.SizeBytes)
        {
            op.Errno = ErrorNumber.Invalid;
            return [];
        }

        var known = file.Uprobes.GetValueOrDefault(offset);
        file.Uprobes[offset] = known with { Consumers = known.Consumers + 1 };
        return known.Consumers > 0 ? [] : EachMapping(op, file, offset, installs: true);
    }

    public static IEnumerable<PreemptionPoint> Remove(CpuOperation op, MemoryFile file, ulong offset)
    {
        if (!file.Uprobes.TryGetValue(offset, out var known))
        {
            op.Errno = ErrorNumber.NoEntry;
            yield break;
        }

        file.Uprobes[offset] = known with { Consumers = known.Consumers - 1 };
        if (known.Consumers > 1)
        {
            yield break;
        }

        foreach (var point in EachMapping(op, file, offset, installs: false))
        {
            yield return point;
        }

        file.Uprobes.Remove(offset);
    }

    /// <summary>A new mapping of a file gets the breakpoints that lie in it; the mmap lock is held.</summary>
    /// <remarks>Models <c>uprobe_mmap</c>.</remarks>
    public static IEnumerable<PreemptionPoint> OnMap(AddressSpace mm, CpuOperation op, ulong start, ulong end)
    {
        var vma = mm.VmaList.Find(start)!;
        if (vma.File is null || vma.File.Uprobes.Count == 0 || !IsValid(vma, installs: true))
        {
            yield break;
        }

        foreach (var offset in vma.File.Uprobes.Keys.ToArray())
        {
            if (TryPlace(vma, offset, out var address) && address >= start && address < end)
            {
                foreach (var point in Change(mm, op, vma, address, offset, installs: true))
                {
                    yield return point;
                }
            }
        }
    }

    /// <remarks>Models <c>register_for_each_vma</c>: the mapping that the reverse map finds last comes first.</remarks>
    private static IEnumerable<PreemptionPoint> EachMapping(
        CpuOperation op, MemoryFile file, ulong offset, bool installs)
    {
        var places = new List<(AddressSpace Mm, ulong Address)>();
        foreach (var vma in file.Vmas.OrderBy(vma => vma.PageOffset))
        {
            if (IsValid(vma, installs) && TryPlace(vma, offset, out var address))
            {
                places.Insert(0, (vma.Mm, address));
            }
        }

        foreach (var (mm, address) in places)
        {
            while (!mm.TryLockMmap(op, write: true))
            {
                yield return AddressSpace.Waiting("register_for_each_vma");
            }

            yield return AddressSpace.Taken("register_for_each_vma");
            var vma = mm.VmaList.Find(address);
            var isStill = vma is not null && vma.File == file && IsValid(vma, installs)
                && TryPlace(vma, offset, out var now) && now == address && (installs || mm.HasUprobes);
            foreach (var point in isStill ? Change(mm, op, vma!, address, offset, installs) : [])
            {
                yield return point;
            }

            mm.UnlockMmap(op);
            yield return AddressSpace.Dropped("register_for_each_vma");
        }
    }

    private static bool IsValid(Vma vma, bool installs) =>
        !vma.IsShared && vma.HugetlbShift == 0 && !(installs && (vma.Protection & Protection.Write) != 0);

    private static bool TryPlace(Vma vma, ulong offset, out ulong address)
    {
        address = vma.StartAddress + offset - (vma.PageOffset << 12);
        return offset >= vma.PageOffset << 12 && address < vma.EndAddress;
    }

    private static IEnumerable<PreemptionPoint> Change(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong offset, bool installs)
    {
        var probe = vma.File!.Uprobes[offset];
        if (installs && !probe.IsPrepared)
        {
            if (!FileFault.TryGetPage(mm, op, vma.File, offset >> 12, out var page))
            {
                op.Errno = ErrorNumber.NoMemory;
                yield break;
            }

            probe = probe with { Original = ByteAt(mm, page, offset), IsPrepared = true };
            vma.File.Uprobes[offset] = probe;
        }

        mm.HasUprobes |= installs;
        var opcode = installs ? Breakpoint : probe.Original;
        var steps = mm.Kernel.Profile.Version < InPlaceSince
            ? Exchange(mm, op, vma, address, opcode, installs)
            : InPlace(mm, op, vma, address, opcode, installs);
        foreach (var point in steps)
        {
            yield return point;
        }
    }

    /// <remarks>Models <c>uprobe_write_opcode</c> up to 6.15.</remarks>
    private static IEnumerable<PreemptionPoint> Exchange(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, byte opcode, bool installs)
    {
        var result = new StepResult { FallsBack = true };
        while (result.FallsBack && op.Errno == 0)
        {
            result.FallsBack = false;
            foreach (var point in GetPage(mm, op, vma, address, forWrite: false, splits: installs))
            {
                yield return point;
            }

            if (!TryFollow(mm, address, out _, out var old, out _))
            {
                op.Errno = ErrorNumber.Fault;
                yield break;
            }

            if (!IsWanted(mm, old, address, installs) || (!installs && !IsAnonymous(mm, old)))
            {
                yield break;
            }

            VmaChange.PrepareAnon(mm, vma);
            mm.Kernel.Get(old);
            if (!TryMakeCopy(mm, op, vma, old, address, opcode, installs, out var copy))
            {
                op.Errno = ErrorNumber.NoMemory;
                mm.Kernel.Put(op, old);
                yield break;
            }

            yield return new(PreemptionKind.PageCopied, "uprobe_write_opcode");
            foreach (var point in Replace(mm, op, vma, address, old, copy, result))
            {
                yield return point;
            }
        }
    }

    /// <summary>The page with the other opcode; 0 when that is just what the file holds.</summary>
    private static bool TryMakeCopy(
        AddressSpace mm, CpuOperation op, Vma vma, ulong old, ulong address, byte opcode, bool installs, out ulong copy)
    {
        if (!mm.Kernel.TryAllocate(op, 0, out copy))
        {
            return false;
        }

        mm.Memory.Copy(old, copy);
        mm.Memory.Write(PhysicalAddress.OfFrame(copy).Add(address & 4095), [opcode]);
        if (!installs && IsSameAsFile(mm, vma, address, copy))
        {
            mm.Kernel.Put(op, copy);
            copy = 0;
        }

        return true;
    }

    /// <remarks>Models <c>__replace_page</c>; up to 6.7 with the address of the instruction, not of the page.</remarks>
    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong old, ulong copy, StepResult result)
    {
        var page = address & ~4095UL;
        var told = mm.Kernel.Profile.Version < RoundsSince ? address : page;
        var range = mm.Announce(CallSite.Uprobes, vma, told, told + 4096, NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        mm.Tables.TryFind(page, PageTables.PteShift, out var slot, out var stop);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("__replace_page");
        }

        yield return AddressSpace.Taken("__replace_page");
        var now = mm.Tables.Read(slot);
        result.FallsBack = stop != PageTables.PteShift || !now.IsMapped || now.Frame != old;
        if (!result.FallsBack)
        {
            // ptep_clear_flush_notify rounds by itself; the CPU flush, which alone counts from 6.6 on, does not.
            var flushed = mm.Kernel.Profile.CpuFlushInvalidatesSecondaryTlb ? told : page;
            foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, flushed, CallSite.Uprobes))
            {
                yield return point;
            }

            if (copy != 0)
            {
                Rmap.AddNewAnon(mm.Memory, copy, vma, page);
                foreach (var point in EntryUpdate.SetNotify(
                    mm, op, slot, told, PageTableEntry.Of(copy, vma.PageBits), CallSite.Uprobes))
                {
                    yield return point;
                }
            }

            Rmap.RemovePte(mm.Memory, old);
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("__replace_page");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        yield return new(PreemptionKind.BeforeFree, "__replace_page");
        mm.Kernel.Put(op, old, result.FallsBack ? 1 : 2);
        if (result.FallsBack && copy != 0)
        {
            mm.Kernel.Put(op, copy);
        }
    }

    /// <remarks>Models <c>uprobe_write_opcode</c> since 6.16: told only when the page may go away.</remarks>
    private static IEnumerable<PreemptionPoint> InPlace(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, byte opcode, bool installs)
    {
        var page = address & ~4095UL;
        var result = new StepResult { FallsBack = true };
        for (var breaksSharing = installs; result.FallsBack && op.Errno == 0; breaksSharing = true)
        {
            result.FallsBack = false;
            foreach (var point in GetPage(mm, op, vma, address, breaksSharing, splits: breaksSharing))
            {
                yield return point;
            }

            if (!TryFollow(mm, address, out _, out var frame, out _))
            {
                op.Errno = ErrorNumber.Fault;
                yield break;
            }

            if (!IsWanted(mm, frame, address, installs) || !IsAnonymous(mm, frame))
            {
                yield break;
            }

            var range = mm.Announce(CallSite.Uprobes, vma, page, page + 4096, NotifierEvent.Clear);
            foreach (var point in installs ? [] : mm.StartRange(op, range))
            {
                yield return point;
            }

            foreach (var point in WriteLocked(mm, op, vma, address, frame, opcode, installs, result))
            {
                yield return point;
            }

            foreach (var point in installs ? []
                : mm.EndRange(op, range))
            {
                yield return point;
            }
        }
    }

    /// <remarks>Models <c>__uprobe_write</c>: not present for the moment of the change.</remarks>
    private static IEnumerable<PreemptionPoint> WriteLocked(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong frame, byte opcode, bool installs,
        StepResult result)
    {
        var page = address & ~4095UL;
        mm.Tables.TryFind(page, PageTables.PteShift, out var slot, out var stop);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("__uprobe_write");
        }

        yield return AddressSpace.Taken("__uprobe_write");
        var entry = mm.Tables.Read(slot);
        var isOurs = stop == PageTables.PteShift && entry.IsMapped && entry.Frame == frame
            && (entry.IsWritable || mm.Memory.State(frame).Has(FrameFlags.AnonExclusive));
        result.FallsBack = !isOurs;
        var drops = false;
        if (isOurs)
        {
            foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, page, CallSite.Uprobes))
            {
                yield return point;
            }

            mm.Kernel.Store(op, PhysicalAddress.OfFrame(frame).Add(address & 4095), [opcode], address);
            drops = !installs && !vma.Has(VmaFlags.UffdMissing)
                && mm.Memory.State(mm.Memory.HeadOf(frame)).RefCount == 1 && IsSameAsFile(mm, vma, address, frame);
            if (drops)
            {
                Rmap.RemovePte(mm.Memory, frame);
            }
            else
            {
                mm.SetEntry(op, slot, PageTables.PteShift, page,
                    entry.With(PageTableEntry.Dirty | PageTableEntry.SoftDirty));
                yield return AddressSpace.Changed("__uprobe_write");
            }
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("__uprobe_write");
        if (drops)
        {
            yield return new(PreemptionKind.BeforeFree, "__uprobe_write");
            mm.Kernel.Put(op, frame);
        }
    }

    /// <summary>Faults the page in as the kernel itself, whatever the mapping allows.</summary>
    /// <remarks>
    /// Models <c>get_user_pages_remote</c> with FOLL_FORCE, FOLL_SPLIT_PMD and, for a write, FOLL_WRITE.
    /// </remarks>
    private static IEnumerable<PreemptionPoint> GetPage(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, bool forWrite, bool splits)
    {
        var page = address & ~4095UL;
        while (op.Signal == Signal.None)
        {
            var isFound = TryFollow(mm, page, out var entry, out var frame, out var shift);
            if (isFound && shift == PageTables.PmdShift && splits)
            {
                foreach (var point in HugePages.Split(mm, op, vma, page))
                {
                    yield return point;
                }

                continue;
            }

            var isReady = isFound && (!forWrite || entry.IsWritable
                || (IsAnonymous(mm, frame) && mm.Memory.State(frame).Has(FrameFlags.AnonExclusive)));
            if (isReady)
            {
                yield break;
            }

            foreach (var point in PageFault.Forced(mm, op, vma, page, forWrite))
            {
                yield return point;
            }
        }

        op.Raise(Signal.None, 0);
        op.Errno = ErrorNumber.Fault;
    }

    /// <summary>
    /// The page behind an address. Force (FOLL_FORCE) follows entries of mappings that may not be accessed at all, too: a fault
    /// would only put the same entry there again.
    /// </summary>
    /// <remarks>Models <c>follow_page_pte</c> with <c>gup_can_follow_protnone</c>.</remarks>
    private static bool TryFollow(AddressSpace mm, ulong address, out PageTableEntry entry, out ulong frame, out int shift)
    {
        var isPte = mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out shift);
        entry = mm.Tables.Read(slot);
        frame = entry.Frame + ((address & ((1UL << shift) - 1)) >> 12);
        return (isPte && entry.IsMapped) || entry.IsHuge;
    }

    /// <summary>Whether there is something to change.</summary>
    /// <remarks>Models <c>verify_opcode</c>.</remarks>
    private static bool IsWanted(AddressSpace mm, ulong frame, ulong address, bool installs) =>
        ByteAt(mm, frame, address) == Breakpoint != installs;

    private static bool IsAnonymous(AddressSpace mm, ulong frame) =>
        mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.Anonymous);

    private static bool IsSameAsFile(AddressSpace mm, Vma vma, ulong address, ulong frame) =>
        vma.File!.Pages.TryGetValue(vma.IndexOf(address), out var page) && mm.Memory.ContentEquals(page, frame);

    private static byte ByteAt(AddressSpace mm, ulong frame, ulong address)
    {
        Span<byte> value = stackalloc byte[1];
        mm.Memory.Read(PhysicalAddress.OfFrame(frame).Add(address & 4095), value);
        return value[0];
    }
}
