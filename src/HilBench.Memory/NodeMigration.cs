using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Moves pages between memory nodes because a process asked for it.</summary>
/// <remarks>
/// Models <c>do_pages_move</c>, <c>do_migrate_pages</c> and <c>do_mbind</c>: what is to be moved is collected first, and
/// migrated together.
/// </remarks>
internal static class NodeMigration
{
    /// <summary>Since this version an empty page is told apart from an unmapped address.</summary>
    private const int TellsEmptySince = 612;

    /// <summary>move_pages: what became of each page is left in the operation.</summary>
    public static IEnumerable<PreemptionPoint> Move(
        AddressSpace mm, CpuOperation op, VirtualRange range, byte node, bool movesShared)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("do_pages_move");
        }

        yield return AddressSpace.Taken("do_pages_move");
        var (status, pages) = (new List<int>(), new List<ulong>());
        for (var at = range.Start; at < range.End; at = at.Add(4096))
        {
            status.Add(Add(mm, at, node, movesShared, pages));
        }

        mm.UnlockMmap(op);
        foreach (var point in Migration.Batch(mm.Kernel, op, pages, node))
        {
            yield return point;
        }

        op.PageStatus = status;
    }

    public static IEnumerable<PreemptionPoint> MoveAll(AddressSpace mm, CpuOperation op, byte from, byte to)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("do_migrate_pages");
        }

        yield return AddressSpace.Taken("do_migrate_pages");
        var pages = new List<ulong>();
        foreach (var vma in mm.VmaList.Items)
        {
            Collect(mm, vma.StartAddress, vma.EndAddress, movesShared: false, page => page.Node == from, pages);
        }

        mm.UnlockMmap(op);
        foreach (var point in Migration.Batch(mm.Kernel, op, pages, to))
        {
            yield return point;
        }
    }

    public static IEnumerable<PreemptionPoint> Bind(
        AddressSpace mm, CpuOperation op, VirtualRange range, byte node, bool movesShared)
    {
        foreach (var point in LockMemory.Bind(mm, op, range))
        {
            yield return point;
        }

        var pages = new List<ulong>();
        if (op.Errno == 0)
        {
            Collect(mm, range.Start.Value, range.End.Value, movesShared, page => page.Node != node, pages);
        }

        foreach (var point in Migration.Batch(mm.Kernel, op, pages, node))
        {
            yield return point;
        }
    }

    private static void Collect(
        AddressSpace mm, ulong start, ulong end, bool movesShared, Func<FrameState, bool> isWanted, List<ulong> pages)
    {
        for (var at = start; at < end;)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out var stop);
            var entry = mm.Tables.Read(slot);
            if (entry.IsPresent && (stop == PageTables.PteShift || entry.IsHuge) && !entry.IsSpecial)
            {
                var head = mm.Memory.HeadOf(entry.Frame);
                var isShared = mm.Memory.MapCountOf(PhysicalAddress.OfFrame(entry.Frame)) > 1;
                if (!mm.Memory.State(head).Has(FrameFlags.Zero) && isWanted(mm.Memory.State(head))
                    && (movesShared || !isShared) && !pages.Contains(head))
                {
                    pages.Add(head);
                }
            }

            at = UnmapPages.NextBoundary(at, stop);
        }
    }

    /// <remarks>Models <c>add_page_for_migration</c>.</remarks>
    private static int Add(
        AddressSpace mm, VirtualAddress at, byte node, bool movesShared, List<ulong> pages)
    {
        if (!mm.Tables.TryWalk(at, out var walk))
        {
            var vma = mm.VmaList.Find(at.Value);
            var isEmpty = !mm.Tables.TryFind(at.Value, PageTables.PteShift, out var slot, out _)
                || mm.Tables.Read(slot).IsNone;
            var isOldAnswer = mm.Kernel.Profile.Version < TellsEmptySince && vma?.File is null && isEmpty;
            return vma is null || isOldAnswer ? ErrorNumber.Fault : ErrorNumber.NoEntry;
        }

        var page = walk.Translate(at);
        var head = mm.Memory.HeadOf(page.Frame);
        if (mm.Memory.State(head).Has(FrameFlags.Zero))
        {
            return ErrorNumber.Fault;
        }

        if (mm.Memory.State(head).Node == node || pages.Contains(head))
        {
            return node;
        }

        if (mm.Memory.MapCountOf(page) > 1 && !movesShared)
        {
            return ErrorNumber.Access;
        }

        pages.Add(head);
        return node;
    }
}
