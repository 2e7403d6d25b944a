using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Migration of a range on behalf of a device driver, to fresh system pages.</summary>
/// <remarks>
/// Models <c>migrate_vma_setup</c>, <c>migrate_vma_pages</c> and <c>migrate_vma_finalize</c>. The range carries the
/// driver's
/// owner, so that its own mirror can ignore it.
/// </remarks>
internal static class DeviceMigration
{
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, VirtualRange range, ulong owner, bool aborts)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("migrate_vma_setup");
        }

        yield return AddressSpace.Taken("migrate_vma_setup");
        var vma = mm.VmaList.Find(range.Start.Value);
        if (vma is null || vma.File is not null || range.End.Value > vma.EndAddress)
        {
            op.Errno = ErrorNumber.Invalid;
        }
        else
        {
            foreach (var point in Migrate(mm, op, vma, range, owner, aborts))
            {
                yield return point;
            }
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("migrate_vma_finalize");
    }

    private static IEnumerable<PreemptionPoint> Migrate(
        AddressSpace mm, CpuOperation op, Vma vma, VirtualRange range, ulong owner, bool aborts)
    {
        var announced = mm.Announce(CallSite.MigrateVmaCollect, vma, range.Start.Value, range.End.Value,
            NotifierEvent.Migrate, owner: owner);
        foreach (var point in mm.StartRange(op, announced))
        {
            yield return point;
        }

        var collected = new List<(ulong Address, ulong Frame)>();
        for (var at = range.Start.Value; at < range.End.Value;)
        {
            var next = Math.Min(range.End.Value, UnmapPages.NextBoundary(at, PageTables.PmdShift));
            foreach (var point in Collect(mm, op, vma, at, next, collected))
            {
                yield return point;
            }

            at = next;
        }

        foreach (var point in mm.EndRange(op, announced))
        {
            yield return point;
        }

        op.Count = aborts ? 0 : collected.Count;
        foreach (var (_, frame) in collected)
        {
            foreach (var point in Finish(mm.Kernel, op, frame, aborts))
            {
                yield return point;
            }
        }

        foreach (var point in aborts ? [] : Insert(mm, op, vma, range, owner))
        {
            yield return point;
        }
    }

    /// <remarks>
    /// Models <c>migrate_vma_collect_pmd</c>: entries that only this process maps become migration entries.
    /// </remarks>
    private static IEnumerable<PreemptionPoint> Collect(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, List<(ulong Address, ulong Frame)> collected)
    {
        if (mm.Tables.TryFind(start, PageTables.PmdShift, out var pmd, out _) && mm.Tables.Read(pmd).IsHuge)
        {
            foreach (var point in HugePages.Split(mm, op, vma, start))
            {
                yield return point;
            }
        }

        if (!mm.Tables.TryFind(start, PageTables.PteShift, out var first, out _))
        {
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
            if (!IsMovable(mm, entry))
            {
                continue;
            }

            foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, slot, at, CallSite.MigrateVmaCollect))
            {
                yield return point;
            }

            ref var page = ref mm.Memory.State(entry.Frame);
            mm.SetEntry(op, slot, PageTables.PteShift, at,
                MigrationEntry.Of(entry, entry.Frame, page.Has(FrameFlags.AnonExclusive)));
            page.Flags = (page.Flags & ~FrameFlags.AnonExclusive) | FrameFlags.Locked;
            page.MapCount--;
            collected.Add((at, entry.Frame));
            isUnmapped = true;
            yield return AddressSpace.Changed("migrate_vma_collect_pmd");
            foreach (var point in EntryUpdate.AfterSet(mm, op, at, PageTables.PteShift, CallSite.MigrateVmaCollect))
            {
                yield return point;
            }
        }

        foreach (var point in isUnmapped ? mm.FlushCpuTlb(op, CallSite.MigrateVmaCollect, start, end) : [])
        {
            yield return point;
        }

        mm.UnlockTable(op, first);
        yield return AddressSpace.Dropped("migrate_vma_collect_pmd");
    }

    private static bool IsMovable(AddressSpace mm, PageTableEntry entry)
    {
        if (!entry.IsPresent || entry.IsSpecial)
        {
            return false;
        }

        ref var page = ref mm.Memory.State(entry.Frame);
        return page.Order == 0 && !page.Has(FrameFlags.Tail | FrameFlags.Locked | FrameFlags.Ksm)
            && page.Has(FrameFlags.Anonymous) && page.RefCount == 1;
    }

    /// <summary>
    /// Copies a collected page, whose only reference is ours now, and maps the copy; or maps it again.
    /// </summary>
    private static IEnumerable<PreemptionPoint> Finish(Kernel kernel, CpuOperation op, ulong frame, bool aborts)
    {
        var target = frame;
        if (!aborts && kernel.TryAllocate(op, 0, out var copy))
        {
            Migration.CopyPage(kernel, frame, copy, order: 0);
            yield return new(PreemptionKind.PageCopied, "migrate_vma_pages");
            target = copy;
        }

        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        foreach (var point in Migration.Restore(kernel, op, frame, target))
        {
            yield return point;
        }

        kernel.LeaveRmap(op);
        kernel.Memory.State(frame).Flags &= ~FrameFlags.Locked;
        kernel.Put(op, frame);
        if (target != frame)
        {
            kernel.Put(op, target);
        }
    }

    /// <summary>
    /// Empty entries and the zero page get pages of their own, under a second range from the first such address.
    /// </summary>
    /// <remarks>Models <c>migrate_vma_insert_page</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Insert(
        AddressSpace mm, CpuOperation op, Vma vma, VirtualRange range, ulong owner)
    {
        NotifierRange? announced = null;
        for (var at = range.Start.Value; at < range.End.Value; at += 4096)
        {
            var isFound = mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
            var entry = isFound ? mm.Tables.Read(slot) : default;
            if (!entry.IsNone && !(entry.IsPresent && entry.IsSpecial))
            {
                continue;
            }

            if (announced is null)
            {
                announced = mm.Announce(CallSite.MigrateVmaInsert, vma, at, range.End.Value,
                    NotifierEvent.Migrate, owner: owner);
                foreach (var point in mm.StartRange(op, announced.Value))
                {
                    yield return point;
                }
            }

            foreach (var point in InsertPage(mm, op, vma, at))
            {
                yield return point;
            }

            op.Count += op.Errno == 0 ? 1 : 0;
        }

        if (announced is { } open)
        {
            foreach (var point in mm.EndRange(op, open))
            {
                yield return point;
            }
        }
    }

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
        var entry = PageTableEntry.Of(frame, vma.PageBits).With(PageFault.WriteBits(vma));
        Rmap.AddNewAnon(mm.Memory, frame, vma, address);
        if (mm.Tables.Read(slot).IsPresent)
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
}
