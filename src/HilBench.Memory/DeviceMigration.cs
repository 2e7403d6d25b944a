using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Migration of a range on behalf of a device driver, to fresh system pages.</summary>
/// <remarks>
/// Models <c>migrate_vma_setup</c>, <c>migrate_vma_pages</c> and <c>migrate_vma_finalize</c>. From 5.9 on the range has
/// an event of its own and carries the driver's owner, so that its own mirror can ignore it.
/// </remarks>
internal static class DeviceMigration
{
    /// <summary>From here on an exclusive page is flushed as its entry is cleared, against a late pin.</summary>
    private const int FlushesExclusiveSince = 519;

    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, VirtualRange range, ulong owner, bool aborts)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("migrate_vma_setup");
        }

        yield return AddressSpace.Taken("migrate_vma_setup");
        var vma = mm.VmaList.Find(range.Start.Value);
        if (!mm.Kernel.Profile.Has(CallSite.MigrateVmaCollect) || vma is null || vma.HugetlbShift != 0
            || range.End.Value > vma.EndAddress
            || ((range.Start.Value | range.End.Value) & 4095) != 0 || vma.File?.Kind == FileKind.Dax)
        {
            var isMapped = mm.VmaList.Overlapping(range.Start.Value, range.End.Value).Count > 0;
            op.Errno = isMapped ? ErrorNumber.Invalid : ErrorNumber.Fault;
        }
        else
        {
            var pages = new List<Source>();
            foreach (var point in Setup(mm, op, vma, range, owner, pages))
            {
                yield return point;
            }

            foreach (var point in aborts ? [] : Replace(mm, op, vma, range, owner, pages))
            {
                yield return point;
            }

            foreach (var point in Finalize(mm.Kernel, op, pages))
            {
                yield return point;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("migrate_vma_finalize");
    }

    /// <summary>Every page of the range becomes a migration entry, here and in all other mappings of it.</summary>
    private static IEnumerable<PreemptionPoint> Setup(
        AddressSpace mm, CpuOperation op, Vma vma, VirtualRange range, ulong owner, List<Source> pages)
    {
        var announced = mm.Announce(CallSite.MigrateVmaCollect, vma, range.Start.Value, range.End.Value,
            NotifierEvent.Migrate, owner: owner);
        foreach (var point in mm.StartRange(op, announced))
        {
            yield return point;
        }

        for (var at = range.Start.Value; at < range.End.Value;)
        {
            var next = Math.Min(range.End.Value, UnmapPages.NextBoundary(at, PageTables.PmdShift));
            foreach (var point in Collect(mm, op, vma, at, next, pages))
            {
                yield return point;
            }

            at = next;
        }

        foreach (var point in mm.EndRange(op, announced))
        {
            yield return point;
        }

        foreach (var page in pages.Where(page => page.Frame != 0))
        {
            foreach (var point in Unmap(mm.Kernel, op, page))
            {
                yield return point;
            }
        }

        foreach (var page in pages.Where(page => page is { Frame: not 0, IsMovable: false }))
        {
            foreach (var point in Restore(mm.Kernel, op, page))
            {
                yield return point;
            }
        }

        pages.RemoveAll(page => !page.IsMovable);
    }

    /// <remarks>Models <c>migrate_vma_collect_pmd</c>; a huge page is split first.</remarks>
    private static IEnumerable<PreemptionPoint> Collect(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, List<Source> pages)
    {
        if (mm.Tables.TryFind(start, PageTables.PmdShift, out var pmd, out _) && mm.Tables.Read(pmd).IsHuge)
        {
            var frame = mm.Tables.Read(pmd).Frame;
            var result = new StepResult();
            foreach (var point in mm.Memory.State(frame).Has(FrameFlags.Zero) ? HugePages.Split(mm, op, vma, start)
                : SplitFolio.Page(mm.Kernel, op, frame, result))
            {
                yield return point;
            }

            if (result.FallsBack)
            {
                yield break;
            }
        }

        if (!mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _))
        {
            AddHoles(vma, start, end, pages);
            yield break;
        }

        while (!mm.TryLockTable(op, first))
        {
            yield return AddressSpace.Waiting("migrate_vma_collect_pmd");
        }

        yield return AddressSpace.Taken("migrate_vma_collect_pmd");
        var isUnmapped = false;
        for (var at = start; at < end; at += 4096)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
            var entry = mm.Tables.Read(slot);
            if (entry.IsNone || (entry.IsPresent && entry.IsSpecial))
            {
                AddHoles(vma, at, at + (entry.IsNone || vma.File is null ? 4096UL : 0), pages);
            }
            else if (CanCollect(mm, entry))
            {
                foreach (var point in CollectEntry(mm, op, slot, at, entry))
                {
                    yield return point;
                }

                pages.Add(new Source(at, entry.Frame));
                isUnmapped = true;
            }
        }

        foreach (var point in isUnmapped ? mm.FlushCpuTlb(op, CallSite.MigrateVmaCollect, start, end) : [])
        {
            yield return point;
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Dropped("migrate_vma_collect_pmd");
    }

    /// <summary>Empty anonymous memory may get pages of the driver's.</summary>
    private static void AddHoles(Vma vma, ulong start, ulong end, List<Source> pages)
    {
        for (var at = start; at < end && vma.File is null; at += 4096)
        {
            pages.Add(new Source(at, Frame: 0));
        }
    }

    private static bool CanCollect(AddressSpace mm, PageTableEntry entry)
    {
        if (!entry.IsMapped)
        {
            return false;
        }

        ref var page = ref mm.Memory.State(entry.Frame);
        const FrameFlags stays = FrameFlags.Tail | FrameFlags.Locked | FrameFlags.Ksm | FrameFlags.SwapCache;
        return page.Order == 0 && page.MappingId != 0 && !page.Has(stays);
    }

    /// <summary>The page is locked, and referenced in the place of its mapping.</summary>
    private static IEnumerable<PreemptionPoint> CollectEntry(
        AddressSpace mm, CpuOperation op, ulong slot, ulong address, PageTableEntry entry)
    {
        var isExclusive = mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive);
        mm.Memory.State(entry.Frame).Flags |= FrameFlags.Locked | (entry.IsDirty ? FrameFlags.Dirty : 0);
        if (isExclusive && mm.Kernel.Profile.Version >= FlushesExclusiveSince)
        {
            foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, address, CallSite.MigrateVmaCollect))
            {
                yield return point;
            }
        }
        else
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, default);
        }

        mm.SetEntry(op, slot, PageTables.PteShift, address, MigrationEntry.Of(entry, entry.Frame, isExclusive));
        mm.Memory.State(entry.Frame).Flags &= ~FrameFlags.AnonExclusive;
        mm.Memory.State(entry.Frame).MapCount--;
        yield return AddressSpace.Changed("migrate_vma_collect_pmd");
    }

    /// <summary>Takes the page out of its other mappings; it stays when somebody else uses it.</summary>
    /// <remarks>Models <c>migrate_device_unmap</c> with <c>migrate_vma_check_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Unmap(Kernel kernel, CpuOperation op, Source page)
    {
        if (kernel.Memory.State(page.Frame).MapCount > 0)
        {
            while (!kernel.TryEnterRmap(op))
            {
                yield return AddressSpace.Waiting("rmap_lock");
            }

            foreach (var (vma, start, end) in Rmap.Mappings(kernel, page.Frame))
            {
                foreach (var point in RmapUnmap.One(
                    op, vma, page.Frame, start, end, new UnmapRequest(UnmapMode.Migrate), new StepResult()))
                {
                    yield return point;
                }

                if (kernel.Memory.State(page.Frame).MapCount == 0)
                {
                    break;
                }
            }

            kernel.LeaveRmap(op);
        }

        page.IsMovable = kernel.Memory.State(page.Frame).RefCount == (kernel.IsInFile(page.Frame) ? 2 : 1);
    }

    /// <summary>The driver copies; empty addresses get fresh pages, all others their copies.</summary>
    private static IEnumerable<PreemptionPoint> Replace(
        AddressSpace mm, CpuOperation op, Vma vma, VirtualRange range, ulong owner, List<Source> pages)
    {
        foreach (var page in pages.Where(page => page.Frame != 0))
        {
            if (mm.Kernel.TryAllocate(op, 0, out var copy))
            {
                Migration.CopyPage(mm.Kernel, page.Frame, copy, order: 0);
                page.Target = copy;
                op.DoneBytes += 4096;
                yield return new(PreemptionKind.PageCopied, "migrate_vma_pages");
            }
        }

        NotifierRange? announced = null;
        foreach (var page in pages.Where(page => page.Frame == 0))
        {
            if (announced is null)
            {
                announced = mm.Announce(CallSite.MigrateVmaInsert, vma, page.Address, range.End.Value,
                    NotifierEvent.Migrate, owner: owner);
                foreach (var point in mm.StartRange(op, announced.Value))
                {
                    yield return point;
                }
            }

            foreach (var point in InsertPage(mm, op, vma, page.Address))
            {
                yield return point;
            }
        }

        foreach (var point in announced is { } open ? mm.EndRange(op, open) : [])
        {
            yield return point;
        }
    }

    private static IEnumerable<PreemptionPoint> Finalize(Kernel kernel, CpuOperation op, List<Source> pages)
    {
        foreach (var page in pages.Where(page => page.Frame != 0))
        {
            foreach (var point in Restore(kernel, op, page))
            {
                yield return point;
            }
        }
    }

    /// <summary>Maps the copy, or the page itself when there is none, and drops what was held.</summary>
    private static IEnumerable<PreemptionPoint> Restore(Kernel kernel, CpuOperation op, Source page)
    {
        var target = page.Target == 0 ? page.Frame : page.Target;
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        foreach (var point in Migration.Restore(kernel, op, page.Frame, target))
        {
            yield return point;
        }

        kernel.LeaveRmap(op);
        kernel.Memory.State(page.Frame).Flags &= ~FrameFlags.Locked;
        kernel.Put(op, page.Frame);
        if (target != page.Frame)
        {
            kernel.Put(op, target);
        }
    }

    /// <remarks>Models <c>migrate_vma_insert_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> InsertPage(AddressSpace mm, CpuOperation op, Vma vma, ulong address)
    {
        if (!mm.TryMakeTables(op, address, PageTables.PteShift, out var slot)
            || !mm.Kernel.TryAllocate(op, 0, out var frame))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        VmaChange.PrepareAnon(mm, vma);
        while (!mm.TryLockTable(op, slot))
        {
            yield return AddressSpace.Waiting("migrate_vma_insert_page");
        }

        yield return AddressSpace.Taken("migrate_vma_insert_page");
        var old = mm.Tables.Read(slot);
        if ((!old.IsNone && !(old.IsPresent && old.IsSpecial)) || vma.Has(VmaFlags.UffdMissing))
        {
            mm.UnlockTable(op, slot);
            mm.Kernel.Put(op, frame);
            yield break;
        }

        op.DoneBytes += 4096;
        var entry = PageTableEntry.Of(frame, vma.PageBits).With(PageFault.WriteBits(vma));
        Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        if (old.IsPresent)
        {
            foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, address, CallSite.MigrateVmaInsert))
            {
                yield return point;
            }

            foreach (var point in EntryUpdate.SetNotify(mm, op, slot, address, entry, CallSite.MigrateVmaInsert))
            {
                yield return point;
            }
        }
        else
        {
            mm.SetEntry(op, slot, PageTables.PteShift, address, entry);
            yield return AddressSpace.Changed("migrate_vma_insert_page");
        }

        mm.UnlockTable(op, slot);
        yield return AddressSpace.Dropped("migrate_vma_insert_page");
    }

    /// <summary>One page of the request; frame 0: nothing is there yet.</summary>
    private sealed record Source(ulong Address, ulong Frame)
    {
        public bool IsMovable { get; set; } = Frame == 0;

        public ulong Target { get; set; }
    }
}
