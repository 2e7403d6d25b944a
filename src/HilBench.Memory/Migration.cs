using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Moves pages to other frames.</summary>
/// <remarks>Models <c>migrate_pages</c>: unmap everywhere, copy, map the copy.</remarks>
internal static class Migration
{
    /// <summary>Before, a huge page is split into base pages to be moved (4.14).</summary>
    internal const int MovesHugeSince = 415;

    /// <summary>Since this version the CPU flushes of the unmap are batched.</summary>
    private const int BatchesSince = 603;

    /// <summary>Every page that is mapped in the range and only there.</summary>
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, VirtualRange range, bool movesShared)
    {
        var done = new HashSet<ulong>();
        for (var at = range.Start.Value & ~4095UL; at < range.End.Value; at += 4096)
        {
            if (!mm.Tables.TryWalk(new(at), out var walk) || walk.SizeShift > PageTables.PmdShift
                || walk.Entry.IsSpecial)
            {
                continue;
            }

            var head = mm.Memory.HeadOf(walk.Translate(new(at)).Frame);
            var isMovable = !mm.Memory.State(head).Has(FrameFlags.Zero);
            if (!isMovable || !done.Add(mm.Memory.State(head).Identity)
                || (!movesShared && mm.Memory.MapCountOf(PhysicalAddress.OfFrame(walk.Translate(new(at)).Frame)) > 1))
            {
                continue;
            }

            if (mm.Kernel.Profile.Version < MovesHugeSince && mm.Memory.State(head).Order > 0
                && !mm.Memory.State(head).Has(FrameFlags.Hugetlb))
            {
                foreach (var point in SplitFolio.Page(mm.Kernel, op, head, new StepResult()))
                {
                    yield return point;
                }

                // The page may be gone, or another one, since others ran.
                if (!mm.Tables.TryWalk(new(at), out walk) || walk.SizeShift > PageTables.PteShift
                    || walk.Entry.IsSpecial)
                {
                    continue;
                }

                head = mm.Memory.HeadOf(walk.Translate(new(at)).Frame);
                if (mm.Memory.State(head).Order > 0)
                {
                    continue;
                }
            }

            var result = new StepResult();
            foreach (var point in Page(mm.Kernel, op, head, result))
            {
                yield return point;
            }

            done.Add(result.Identity);
        }
    }

    /// <summary>Moves one page; its new identity is in the result (0: it stayed).</summary>
    public static IEnumerable<PreemptionPoint> Page(
        Kernel kernel, CpuOperation op, ulong head, StepResult result, byte node = Kernel.LocalNode)
    {
        if (kernel.IsDax(head) || kernel.Memory.State(head).Has(FrameFlags.Locked))
        {
            yield break;
        }

        var batch = new UnmapBatch();
        var defers = kernel.Profile.Version >= BatchesSince;
        foreach (var point in Unmap(kernel, op, head, defers ? batch : null))
        {
            yield return point;
        }

        foreach (var point in batch.Flush(op))
        {
            yield return point;
        }

        foreach (var point in Finish(kernel, op, head, node, result))
        {
            yield return point;
        }
    }

    /// <summary>
    /// Moves pages together: from 6.3 on all are unmapped first, and the CPU flushes that were put off are done once.
    /// </summary>
    /// <remarks>Models <c>migrate_pages_batch</c>.</remarks>
    public static IEnumerable<PreemptionPoint> Batch(Kernel kernel, CpuOperation op, List<ulong> heads, byte node)
    {
        kernel.LazyFreed.Drain();
        var batch = new UnmapBatch();
        var unmapped = new List<ulong>();
        foreach (var (head, identity) in heads.ConvertAll(head => (head, kernel.Memory.State(head).Identity)))
        {
            // While the pages before it moved, others may have freed it; its frame is something else then, perhaps a page table.
            var page = kernel.Memory.State(head);
            if (page.RefCount == 0 || page.Identity != identity || page.Has(FrameFlags.Locked | FrameFlags.Tail | FrameFlags.Free))
            {
                continue;
            }

            if (page.Order > 0 && kernel.Profile.Version < MovesHugeSince && !page.Has(FrameFlags.Hugetlb))
            {
                foreach (var point in SplitFolio.Page(kernel, op, head, new StepResult()))
                {
                    yield return point;
                }
            }

            // A huge page is moved by itself.
            if (kernel.Profile.Version < BatchesSince || page.Order > 0)
            {
                foreach (var point in Page(kernel, op, head, new StepResult(), node))
                {
                    yield return point;
                }

                continue;
            }

            unmapped.Add(head);
            foreach (var point in Unmap(kernel, op, head, batch))
            {
                yield return point;
            }
        }

        foreach (var point in batch.Flush(op))
        {
            yield return point;
        }

        foreach (var head in unmapped)
        {
            foreach (var point in Finish(kernel, op, head, node, new StepResult()))
            {
                yield return point;
            }
        }
    }

    /// <summary>Locks the page and removes its mappings.</summary>
    /// <remarks>Models <c>migrate_folio_unmap</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Unmap(Kernel kernel, CpuOperation op, ulong head, UnmapBatch? batch)
    {
        kernel.Get(head);
        kernel.Memory.State(head).Flags |= FrameFlags.Locked;
        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("rmap_lock");
        }

        yield return AddressSpace.Taken("try_to_migrate");
        var request = new UnmapRequest(UnmapMode.Migrate, Batch: batch);
        var isMapped = Rmap.TotalMapCount(kernel.Memory, head) > 0;
        foreach (var (vma, start, end) in isMapped ? Rmap.Mappings(kernel, head) : [])
        {
            foreach (var point in RmapUnmap.One(op, vma, head, start, end, request, new StepResult()))
            {
                yield return point;
            }

            if (Rmap.TotalMapCount(kernel.Memory, head) == 0)
            {
                break;
            }
        }

        kernel.LeaveRmap(op);
    }

    /// <summary>Copies a page that is not mapped any more, when nobody else holds it, and maps the copy.</summary>
    /// <remarks>Models <c>migrate_folio_move</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Finish(
        Kernel kernel, CpuOperation op, ulong head, byte node, StepResult result)
    {
        var order = kernel.Memory.State(head).Order;
        var isFree = kernel.Memory.State(head).RefCount
            == 1 + kernel.ReferencesOfFile(head) + SwapArea.ReferencesTo(kernel.Memory, head);
        var target = head;
        isFree = isFree && kernel.TryAllocate(op, order, out target);
        if (isFree)
        {
            CopyPage(kernel, head, target, order);
            kernel.Memory.State(target).Node = node;
            kernel.Memory.State(target).Flags |= FrameFlags.Locked;
            yield return new(PreemptionKind.PageCopied, "migrate_folio");
            result.Identity = kernel.Memory.State(target).Identity;
        }

        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("remove_migration_ptes");
        }

        foreach (var point in Restore(kernel, op, head, isFree ? target : head))
        {
            yield return point;
        }

        kernel.LeaveRmap(op);
        kernel.Memory.State(head).Flags &= ~FrameFlags.Locked;
        kernel.Put(op, head);
        if (isFree)
        {
            kernel.Memory.State(target).Flags &= ~FrameFlags.Locked;
            kernel.Put(op, target);
        }
    }

    /// <summary>Puts present entries in the place of migration entries.</summary>
    /// <remarks>Models <c>remove_migration_ptes</c>. No notifier: a device never caches what is not present.</remarks>
    public static IEnumerable<PreemptionPoint> Restore(
        Kernel kernel, CpuOperation op, ulong head, ulong target, bool usesZeroPage = false)
    {
        var frames = 1UL << kernel.Memory.State(target).Order;
        foreach (var (vma, start, end) in Rmap.Mappings(kernel, target))
        {
            var mm = vma.Mm;
            for (var at = start; at < end;)
            {
                if (!mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out var stop))
                {
                    var huge = mm.Tables.Read(slot);
                    if (stop == PageTables.PmdShift && MigrationEntry.IsMigration(huge)
                        && MigrationEntry.FrameOf(huge) == head)
                    {
                        RestoreHuge(mm, op, vma, slot, at, huge, target);
                        yield return AddressSpace.Changed("remove_migration_pmd");
                    }

                    at = UnmapPages.NextBoundary(at, stop);
                    continue;
                }

                var entry = mm.Tables.Read(slot);
                if (MigrationEntry.IsMigration(entry) && MigrationEntry.FrameOf(entry) - head < frames)
                {
                    if (usesZeroPage && kernel.Memory.IsZero(target) && !vma.Has(VmaFlags.Locked))
                    {
                        mm.SetEntry(op, slot, PageTables.PteShift, at, ZeroPage(vma, entry));
                    }
                    else
                    {
                        RestoreEntry(mm, op, vma, slot, at, entry, target + (MigrationEntry.FrameOf(entry) - head));
                    }

                    yield return AddressSpace.Changed("remove_migration_pte");
                    foreach (var point in mm.InvalidateChanged(op, CallSite.MigrateRestore, at, PageTables.PteShift))
                    {
                        yield return point;
                    }
                }

                at += 4096;
            }
        }
    }

    private static void RestoreEntry(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong address, PageTableEntry entry, ulong frame)
    {
        mm.Kernel.Get(frame);
        ref var page = ref mm.Memory.State(frame);
        page.MapCount++;
        var isAnon = mm.Memory.State(mm.Memory.HeadOf(frame)).Has(FrameFlags.Anonymous);
        page.Flags |= isAnon && MigrationEntry.IsExclusive(entry) ? FrameFlags.AnonExclusive : 0;
        mm.SetEntry(op, slot, PageTables.PteShift, address, MigrationEntry.Restore(entry, vma, frame));
    }

    /// <remarks>Models <c>try_to_map_unused_to_zeropage</c>.</remarks>
    private static PageTableEntry ZeroPage(Vma vma, PageTableEntry entry) =>
        PageTableEntry.Of(vma.Mm.Kernel.ZeroFrame, vma.PageBits | PageTableEntry.Special
            | ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? PageTableEntry.SoftDirty : 0));

    private static void RestoreHuge(
        AddressSpace mm, CpuOperation op, Vma vma, ulong slot, ulong address, PageTableEntry entry, ulong frame)
    {
        mm.Kernel.Get(frame);
        ref var page = ref mm.Memory.State(frame);
        page.EntireMapCount++;
        page.Flags |= MigrationEntry.IsExclusive(entry) ? FrameFlags.AnonExclusive : 0;
        mm.SetEntry(op, slot, PageTables.PmdShift, address,
            MigrationEntry.Restore(entry, vma, frame).With(PageTableEntry.PageSize));
    }

    /// <summary>Copies contents and belonging of a page to a fresh one.</summary>
    internal static void CopyPage(Kernel kernel, ulong head, ulong target, int order)
    {
        ref var from = ref kernel.Memory.State(head);
        ref var to = ref kernel.Memory.State(target);
        to.MappingId = from.MappingId;
        to.Index = from.Index;
        to.Flags |= from.Flags & (FrameFlags.Anonymous | FrameFlags.SwapBacked | FrameFlags.Dirty | FrameFlags.Hugetlb);
        for (var i = 0UL; i < 1UL << order; i++)
        {
            kernel.Memory.Copy(head + i, target + i);
        }

        if (from.Has(FrameFlags.Ksm))
        {
            to.Flags |= FrameFlags.Ksm;
            kernel.Merging.Move(head, target);
        }

        kernel.Lru.Replace(head, target);
        if (from.Has(FrameFlags.SwapCache))
        {
            kernel.Swap.Move(head, target);
        }

        if (kernel.MappingOf(from.MappingId) is MemoryFile file)
        {
            var references = kernel.ReferencesOfFile(head);
            for (var i = 0UL; i < (ulong)references; i++)
            {
                file.Pages[from.Index + i] = target + i;
            }

            kernel.Get(target, references);
            from.RefCount -= references;
        }
    }
}
