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

    /// <summary>Since this version pages without access are found too (6.6).</summary>
    private const int FollowsProtNoneSince = 606;

    private const int Queued = int.MinValue;

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
            var answer = Add(mm, at, node, movesShared, pages);
            status.Add(answer == Queued ? node : answer);
            if (answer == Queued || pages.Count == 0)
            {
                continue;
            }

            // A page that is not queued sends what was collected before it on its way.
            mm.UnlockMmap(op);
            foreach (var point in Migration.Batch(mm.Kernel, op, pages, node))
            {
                yield return point;
            }

            pages.Clear();
            while (!mm.TryLockMmap(op, write: false))
            {
                yield return AddressSpace.Waiting("do_pages_move");
            }
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
        foreach (var point in LockMemory.Bind(mm, op, range, node))
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
            if (entry.IsMapped && (stop == PageTables.PteShift || entry.IsHuge) && !entry.IsSpecial)
            {
                var head = mm.Memory.HeadOf(entry.Frame);
                var isShared = IsShared(mm, head, head);
                if (!mm.Memory.State(head).Has(FrameFlags.Zero) && isWanted(mm.Memory.State(head))
                    && (movesShared || !isShared) && !pages.Contains(head))
                {
                    pages.Add(head);
                }
            }

            at = UnmapPages.NextBoundary(at, stop);
        }
    }

    /// <summary>Queues the page at an address, or says what is reported for it: the node it lies on, or an error.</summary>
    /// <remarks>Models <c>add_page_for_migration</c>; a page that is queued already is busy.</remarks>
    private static int Add(
        AddressSpace mm, VirtualAddress at, byte node, bool movesShared, List<ulong> pages)
    {
        var isPte = mm.Tables.TryFind(at.Value, PageTables.PteShift, out var slot, out var shift);
        var entry = mm.Tables.Read(slot);
        var isLeaf = entry.IsPresent || (entry.IsMapped && mm.Kernel.Profile.Version >= FollowsProtNoneSince);
        if (mm.VmaList.Find(at.Value) is not { } vma || !isLeaf || !(isPte || entry.IsHuge))
        {
            vma = mm.VmaList.Find(at.Value);
            var isOldAnswer = mm.Kernel.Profile.Version < TellsEmptySince && vma?.File is null && entry.IsNone;
            return vma is null || isOldAnswer ? ErrorNumber.Fault : ErrorNumber.NoEntry;
        }

        var frame = entry.Frame + ((at.Value & ((1UL << shift) - 1)) >> 12);
        var head = mm.Memory.HeadOf(frame);
        if (mm.Memory.State(head).Has(FrameFlags.Zero))
        {
            return ErrorNumber.Fault;
        }

        if (mm.Memory.State(head).Node == node)
        {
            return node;
        }

        if (IsShared(mm, head, frame) && !movesShared)
        {
            return ErrorNumber.Access;
        }

        if (pages.Contains(head))
        {
            // Up to 6.11 a tail of a hugetlb page was refused before anybody looked.
            return vma.HugetlbShift != 0 && mm.Kernel.Profile.Version < TellsEmptySince
                ? ErrorNumber.Access : ErrorNumber.Busy;
        }

        pages.Add(head);
        return Queued;
    }

    /// <summary>Whether others seem to map the page too.</summary>
    /// <remarks>
    /// Models <c>page_mapcount</c> of the page that is looked at, and <c>folio_likely_mapped_shared</c> later.
    /// </remarks>
    private static bool IsShared(AddressSpace mm, ulong head, ulong frame) =>
        mm.Memory.State(head).Order > 0 && mm.Kernel.Profile.Version >= LazyFree.CountsEveryPageSince
            && !mm.Memory.State(head).Has(FrameFlags.Hugetlb) ? LazyFree.IsSharedLarge(mm, head)
            : mm.Memory.MapCountOf(PhysicalAddress.OfFrame(frame)) > 1;
}
