using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// Exclusive access of a device to anonymous pages: CPU entries become not present, and the first CPU access takes the
/// right back.
/// </summary>
/// <remarks>
/// Models <c>make_device_exclusive_range</c> (5.14 to 6.14), <c>make_device_exclusive</c> (6.15),
/// <c>remove_device_exclusive_entry</c> and <c>restore_exclusive_pte</c>.
/// </remarks>
internal static class DeviceExclusive
{
    /// <summary>From here on one page at a time, which stays mapped as far as its count goes.</summary>
    private const int OnePageSince = 615;

    public static bool Is(PageTableEntry entry) =>
        entry.IsSwap && entry.SwapType is SwapType.DeviceExclusiveRead or SwapType.DeviceExclusiveWrite;

    /// <summary>Whether the reverse map finds the page behind such an entry.</summary>
    public static bool IsInReverseMap(Kernel kernel, PageTableEntry entry) =>
        Is(entry) && kernel.Profile.Version >= OnePageSince;

    /// <summary>The entry as a present read-only one of the same page, for what the reverse map makes of it.</summary>
    public static PageTableEntry AsPresent(PageTableEntry entry) => PageTableEntry.Of(entry.SwapOffset,
        PageTableEntry.Present | PageTableEntry.User | PageTableEntry.NoExecute
        | ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? PageTableEntry.SoftDirty : 0)
        | ((entry.Value & PageTableEntry.SwapUffdWp) != 0 ? PageTableEntry.UffdWp : 0));

    /// <summary>mprotect: up to 6.14 the right to write is lost, whatever the new protection.</summary>
    public static PageTableEntry Protected(Kernel kernel, PageTableEntry entry) =>
        kernel.Profile.Version < OnePageSince && entry.SwapType == SwapType.DeviceExclusiveWrite
            ? PageTableEntry.OfSwap(SwapType.DeviceExclusiveRead, entry.SwapOffset).With(entry.Value & 0xE)
            : entry;

    public static IEnumerable<PreemptionPoint> Create(
        AddressSpace mm, CpuOperation op, VirtualRange range, ulong owner,
        Action<IReadOnlyList<ExclusivePage>>? program)
    {
        if (!mm.Kernel.Profile.Has(CallSite.ExclusiveCreate) || ((range.Start.Value | range.End.Value) & 4095) != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("make_device_exclusive");
        }

        yield return AddressSpace.Taken("make_device_exclusive");
        var pages = new List<ExclusivePage>();
        foreach (var point in mm.Kernel.Profile.Version < OnePageSince ? CreateRange(mm, op, range, owner, pages)
            : CreateEach(mm, op, range, owner, pages))
        {
            yield return point;
        }

        op.ExclusivePages = pages;
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("make_device_exclusive");
        program?.Invoke(pages);
        foreach (var page in pages)
        {
            mm.Memory.State(mm.Memory.HeadOf(page.Frame)).Flags &= ~FrameFlags.Locked;
            mm.Kernel.Put(op, page.Frame);
        }
    }

    /// <summary>A CPU access takes the page back; the device must have let go when start has returned.</summary>
    public static IEnumerable<PreemptionPoint> Revoke(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, PageTableEntry seen)
    {
        var head = mm.Memory.HeadOf(seen.SwapOffset);
        while (mm.Memory.State(head).Has(FrameFlags.Locked))
        {
            yield return AddressSpace.Waiting("folio_lock_or_retry");
            if (mm.Tables.Read(slot) != seen)
            {
                yield break;
            }
        }

        mm.Kernel.Get(head);
        mm.Memory.State(head).Flags |= FrameFlags.Locked;
        var reason = mm.Kernel.Profile.Version < OnePageSince ? NotifierEvent.Exclusive : NotifierEvent.Clear;
        var range = mm.Announce(CallSite.ExclusiveRevoke, vma, address, address + 4096, reason);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("remove_device_exclusive_entry");
        }

        yield return AddressSpace.Taken("remove_device_exclusive_entry");
        if (mm.Tables.Read(slot) == seen)
        {
            Restore(mm, op, vma, slot, address, seen);
            yield return AddressSpace.Changed("restore_exclusive_pte");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("remove_device_exclusive_entry");
        mm.Memory.State(head).Flags &= ~FrameFlags.Locked;
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        mm.Kernel.Put(op, head);
    }

    /// <summary>
    /// fork makes the entry present again within its own range, and copies it then. A page that a driver holds locked
    /// fails the fork.
    /// </summary>
    /// <remarks>Models <c>try_restore_exclusive_pte</c>.</remarks>
    public static PageTableEntry RestoreForCopy(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong address, PageTableEntry entry)
    {
        if (mm.Memory.State(mm.Memory.HeadOf(entry.SwapOffset)).Has(FrameFlags.Locked))
        {
            op.Errno = ErrorNumber.NoMemory;
            return entry;
        }

        Restore(mm, op, vma, slot, address, entry);
        return mm.Tables.Read(slot);
    }

    /// <summary>An unmap drops the entry and with it the reference to the page, at once.</summary>
    public static void Drop(AddressSpace mm, CpuOperation op, PageTableEntry entry)
    {
        if (IsInReverseMap(mm.Kernel, entry))
        {
            Rmap.RemovePte(mm.Memory, entry.SwapOffset);
        }

        mm.Kernel.Put(op, entry.SwapOffset);
    }

    private static void Restore(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong address, PageTableEntry entry)
    {
        var frame = entry.SwapOffset;
        var present = PageTableEntry.Of(frame, vma.PageBits & ~PageTableEntry.Accessed).With(
            ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? PageTableEntry.SoftDirty : 0)
            | ((entry.Value & PageTableEntry.SwapUffdWp) != 0 ? PageTableEntry.UffdWp : 0));
        var mayWrite = (vma.Protection & Protection.Write) != 0;
        if (IsInReverseMap(mm.Kernel, entry))
        {
            var isDirty = mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.Dirty);
            present = mayWrite && PageProtection.CanWrite(mm, vma, present)
                ? present.With(PageTableEntry.Writable
                    | (isDirty ? PageTableEntry.Dirty | PageTableEntry.SoftDirty : 0))
                : present;
        }
        else
        {
            mm.Memory.State(frame).MapCount++;
            var wasWritable = entry.SwapType == SwapType.DeviceExclusiveWrite
                && (entry.Value & PageTableEntry.SwapUffdWp) == 0;
            present = wasWritable ? present.With(PageTableEntry.Dirty | PageTableEntry.SoftDirty
                | (mayWrite ? PageTableEntry.Writable : 0)) : present;
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, present);
    }

    /// <summary>All pages are faulted in first; then each is taken out of every mapping of it.</summary>
    private static IEnumerable<PreemptionPoint> CreateRange(
        AddressSpace mm, CpuOperation op, VirtualRange range, ulong owner, List<ExclusivePage> pages)
    {
        var faulted = new List<ExclusivePage>();
        for (var at = range.Start; at < range.End; at = at.Add(4096))
        {
            foreach (var point in FaultIn(mm, op, at))
            {
                yield return point;
            }

            if (!TryGetWritable(mm, at.Value, out _, out var entry))
            {
                break;
            }

            mm.Kernel.Get(entry.Frame);
            faulted.Add(new(at, entry.Frame));
        }

        op.Errno = faulted.Count == 0 ? ErrorNumber.Fault : 0;
        foreach (var page in faulted)
        {
            // A part of a large page but its first is passed over, and whatever somebody else has locked.
            var isOwn = !mm.Memory.State(page.Frame).Has(FrameFlags.Tail | FrameFlags.Locked)
                && mm.Memory.State(page.Frame).Has(FrameFlags.Anonymous);
            var result = new StepResult();
            foreach (var point in isOwn ? CreateEverywhere(mm, op, page, owner, result) : [])
            {
                yield return point;
            }

            if (result.IsReferenced)
            {
                pages.Add(page);
            }
            else
            {
                mm.Kernel.Put(op, page.Frame);
            }
        }
    }

    /// <remarks>Models <c>folio_make_device_exclusive</c> and <c>page_make_device_exclusive_one</c>.</remarks>
    private static IEnumerable<PreemptionPoint> CreateEverywhere(
        AddressSpace mm, CpuOperation op, ExclusivePage page, ulong owner, StepResult result)
    {
        mm.Memory.State(page.Frame).Flags |= FrameFlags.Locked;
        while (!mm.Kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        foreach (var (vma, start, end) in Rmap.Mappings(mm.Kernel, page.Frame))
        {
            var range = vma.Mm.Announce(
                CallSite.ExclusiveCreate, vma, start, end, NotifierEvent.Exclusive, owner: owner);
            foreach (var point in vma.Mm.StartRange(op, range))
            {
                yield return point;
            }

            foreach (var point in CreateEntries(vma.Mm, op, page.Frame, start, end))
            {
                yield return point;
            }

            foreach (var point in vma.Mm.EndRange(op, range))
            {
                yield return point;
            }
        }

        mm.Kernel.LeaveRmap(op);
        var now = mm.Tables.TryFind(page.Address.Value, PageTables.PteShift, out var slot, out _)
            ? mm.Tables.Read(slot) : default;
        result.IsReferenced = Is(now) && now.SwapType == SwapType.DeviceExclusiveWrite && now.SwapOffset == page.Frame;
        mm.Memory.State(page.Frame).Flags &= result.IsReferenced ? ~FrameFlags.None : ~FrameFlags.Locked;
    }

    private static IEnumerable<PreemptionPoint> CreateEntries(
        AddressSpace mm, CpuOperation op, ulong head, ulong start, ulong end)
    {
        var last = head + (1UL << mm.Memory.State(head).Order);
        for (var at = start; at < end; at += 4096)
        {
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _))
            {
                yield break;
            }

            while (!mm.TryLockTable(op, slot))
            {
                yield return AddressSpace.Waiting("page_make_device_exclusive_one");
            }

            var entry = mm.Tables.Read(slot);
            if (entry.IsPresent && !entry.IsSpecial && entry.Frame >= head && entry.Frame < last)
            {
                foreach (var point in Replace(mm, op, slot, at, entry))
                {
                    yield return point;
                }

                Rmap.RemovePte(mm.Memory, entry.Frame);
            }

            mm.UnlockTable(op, slot);
            yield return AddressSpace.Dropped("page_make_device_exclusive_one");
        }
    }

    private static IEnumerable<PreemptionPoint> CreateEach(
        AddressSpace mm, CpuOperation op, VirtualRange range, ulong owner, List<ExclusivePage> pages)
    {
        for (var at = range.Start; at < range.End && op.Errno == 0; at = at.Add(4096))
        {
            for (var isDone = false; !isDone && op.Errno == 0;)
            {
                foreach (var point in FaultIn(mm, op, at))
                {
                    yield return point;
                }

                if (!TryGetWritable(mm, at.Value, out var slot, out var entry)
                    || !mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Anonymous))
                {
                    op.Errno = op.Errno == 0 ? ErrorNumber.NotSupported : op.Errno;
                    yield break;
                }

                var head = mm.Memory.HeadOf(entry.Frame);
                if (mm.Memory.State(head).Has(FrameFlags.Locked))
                {
                    yield return AddressSpace.Waiting("folio_lock_killable");
                    continue;
                }

                mm.Kernel.Get(head);
                mm.Memory.State(head).Flags |= FrameFlags.Locked;
                var result = new StepResult();
                foreach (var point in CreateOne(mm, op, at.Value, slot, entry, owner, result))
                {
                    yield return point;
                }

                isDone = !result.FallsBack;
                if (isDone)
                {
                    pages.Add(new(at, entry.Frame));
                }
                else
                {
                    mm.Memory.State(head).Flags &= ~FrameFlags.Locked;
                    mm.Kernel.Put(op, head);
                }
            }
        }
    }

    private static IEnumerable<PreemptionPoint> CreateOne(
        AddressSpace mm, CpuOperation op, ulong address, ulong slot, PageTableEntry seen, ulong owner,
        StepResult result)
    {
        var range = mm.Announce(CallSite.ExclusiveCreate, mm.VmaList.Find(address), address, address + 4096,
            NotifierEvent.Exclusive, owner: owner);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("make_device_exclusive");
        }

        yield return AddressSpace.Taken("make_device_exclusive");
        var now = mm.Tables.Read(slot);
        result.FallsBack = !now.IsPresent || !now.IsWritable || now.Frame != seen.Frame;
        foreach (var point in result.FallsBack ? [] : Replace(mm, op, slot, address, now))
        {
            yield return point;
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("make_device_exclusive");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    /// <summary>The reference of the mapping becomes that of the new entry.</summary>
    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, PageTableEntry entry)
    {
        foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, address, CallSite.ExclusiveCreate))
        {
            yield return point;
        }

        mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Flags |= entry.IsDirty ? FrameFlags.Dirty : 0;
        var type = entry.IsWritable ? SwapType.DeviceExclusiveWrite : SwapType.DeviceExclusiveRead;
        var bits = ((entry.Value & PageTableEntry.SoftDirty) != 0 ? PageTableEntry.SwapSoftDirty : 0)
            | ((entry.Value & PageTableEntry.UffdWp) != 0 ? PageTableEntry.SwapUffdWp : 0);
        mm.SetEntry(op, slot, PageTables.PteShift, address, PageTableEntry.OfSwap(type, entry.Frame).With(bits));
        yield return AddressSpace.Changed("make_device_exclusive");
    }

    /// <summary>Faults a page in for writing; a huge page is mapped by base entries then.</summary>
    /// <remarks>Models <c>get_user_pages_remote</c> with FOLL_WRITE and FOLL_SPLIT_PMD.</remarks>
    private static IEnumerable<PreemptionPoint> FaultIn(AddressSpace mm, CpuOperation op, VirtualAddress address)
    {
        while (op.Signal == Signal.None && !TryGetWritable(mm, address.Value, out var slot, out var entry))
        {
            var vma = mm.VmaList.Find(address.Value);
            var isHuge = vma is { HugetlbShift: 0 } && entry.IsHuge && entry.IsPresent && entry.IsWritable;
            foreach (var point in isHuge ? HugePages.Split(mm, op, vma!, address.Value)
                : PageFault.Handle(mm, op, address.Value, isWrite: true))
            {
                yield return point;
            }

            if (vma is { HugetlbShift: not 0 })
            {
                op.Raise(Signal.Bus, 2);
            }
        }

        op.Errno = op.Signal == Signal.None ? op.Errno : ErrorNumber.Fault;
        op.Raise(Signal.None, 0);
    }

    private static bool TryGetWritable(AddressSpace mm, ulong address, out ulong slot, out PageTableEntry entry)
    {
        var isBase = mm.Tables.TryFind(address, PageTables.PteShift, out slot, out _);
        entry = mm.Tables.Read(slot);
        return isBase && entry.IsPresent && entry.IsWritable;
    }
}
