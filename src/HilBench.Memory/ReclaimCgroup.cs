using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>memory.reclaim: takes an amount of memory from a cgroup.</summary>
/// <remarks>
/// Models <c>memory_reclaim</c>, <c>do_try_to_free_pages</c>, <c>shrink_lruvec</c> and <c>shrink_active_list</c>:
/// inactive lists are scanned from their old end, used pages get a second chance.
/// </remarks>
internal static class ReclaimCgroup
{
    private const int RetriesMax = 16;
    private const int ClustersSince = 607;
    private const int QuartersSince = 609;

    /// <summary>Reclaims at least that many bytes; -EAGAIN when the cgroup has not so much to give.</summary>
    public static IEnumerable<PreemptionPoint> Run(AddressSpace mm, CpuOperation op, ulong bytes)
    {
        var kernel = mm.Kernel;
        var wanted = bytes >> 12;
        var retries = RetriesMax;
        for (var done = 0UL; done < wanted;)
        {
            var scan = new ScanControl(mm.Cgroup, BatchOf(kernel.Profile.Version, wanted - done));
            foreach (var point in TryToFree(kernel, op, scan))
            {
                yield return point;
            }

            if (scan.Reclaimed == 0 && retries-- == 0)
            {
                op.Errno = ErrorNumber.Again;
                yield break;
            }

            done += scan.Reclaimed;
        }
    }

    /// <summary>What one attempt asks for.</summary>
    private static ulong BatchOf(int version, ulong left) =>
        version >= QuartersSince ? left / 4 : version >= ClustersSince ? Math.Min(left, ScanControl.ClusterMax) : left;

    private static IEnumerable<PreemptionPoint> TryToFree(Kernel kernel, CpuOperation op, ScanControl scan)
    {
        var nodes = new LruVector[Kernel.Nodes];
        for (byte node = 0; node < nodes.Length; node++)
        {
            nodes[node] = new LruVector(kernel, scan.Cgroup, node, kernel.Lru.CostsOf(scan.Cgroup, node));
        }

        do
        {
            for (scan.Priority = ScanControl.FirstPriority; scan.Priority >= 0 && !scan.IsDone; scan.Priority--)
            {
                for (byte node = 0; node < nodes.Length; node++)
                {
                    var steps = kernel.HasGenerations
                        ? kernel.GenerationsOf(scan.Cgroup, node).Shrink(op, scan)
                        : Shrink(kernel, op, scan, nodes[node]);
                    foreach (var point in steps)
                    {
                        yield return point;
                    }
                }
            }
        }
        while (scan.Reclaimed == 0 && ForcesDeactivation(scan));
    }

    /// <summary>Nothing was found although active lists were left alone: they are scanned too.</summary>
    private static bool ForcesDeactivation(ScanControl scan)
    {
        var isForced = scan.SkippedDeactivation;
        scan.ForcesDeactivation |= isForced;
        scan.SkippedDeactivation = false;
        return isForced;
    }

    /// <remarks>Models <c>shrink_lruvec</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Shrink(Kernel kernel, CpuOperation op, ScanControl scan, LruVector lists)
    {
        var (agesAnon, agesFile) = (scan.ForcesDeactivation || lists.IsInactiveLow(isFile: false),
            scan.ForcesDeactivation || lists.IsInactiveLow(isFile: true));
        var isLowNow = lists.IsInactiveLow(isFile: false);
        var left = CountsOf(kernel, scan, lists);
        var targets = (ulong[])left.Clone();
        var reclaimed = 0UL;
        while (left[(int)LruList.InactiveAnon] + left[(int)LruList.ActiveFile] + left[(int)LruList.InactiveFile] > 0)
        {
            for (var list = LruList.InactiveAnon; list <= LruList.ActiveFile; list++)
            {
                var count = Math.Min(left[(int)list], ScanControl.ClusterMax);
                if (count == 0)
                {
                    continue;
                }

                left[(int)list] -= count;
                var tally = new ReclaimTally();
                var isActive = list is LruList.ActiveAnon or LruList.ActiveFile;
                var isAged = list == LruList.ActiveAnon ? agesAnon : agesFile;
                scan.SkippedDeactivation |= isActive && !isAged;
                var steps = !isActive ? ShrinkInactive(kernel, op, scan, lists, list, count, tally)
                    : isAged ? ShrinkActive(kernel, op, scan, lists, list, count) : [];
                foreach (var point in steps)
                {
                    yield return point;
                }

                reclaimed += tally.Reclaimed;
            }

            if (reclaimed >= scan.Target && !Rebalance(left, targets))
            {
                break;
            }
        }

        scan.Reclaimed += reclaimed;
        foreach (var point in isLowNow
            ? ShrinkActive(kernel, op, scan, lists, LruList.ActiveAnon, ScanControl.ClusterMax) : [])
        {
            yield return point;
        }
    }

    /// <summary>
    /// Enough was reclaimed: the kind with less left is not scanned further, the other as much less as fits. False: stop.
    /// </summary>
    private static bool Rebalance(ulong[] left, ulong[] targets)
    {
        var (anon, file) = (left[0] + left[1], left[2] + left[3]);
        if (anon == 0 || file == 0)
        {
            return false;
        }

        var (small, large) = file > anon ? (0, 2) : (2, 0);
        var done = Math.Min(anon, file) * 100 / (targets[small] + targets[small + 1] + 1);
        (left[small], left[small + 1]) = (0, 0);
        for (var list = large; list < large + 2; list++)
        {
            var scanned = targets[list] - left[list];
            left[list] = targets[list] * (100 - done) / 100;
            left[list] -= Math.Min(left[list], scanned);
        }

        return true;
    }

    /// <summary>How many pages of each list are scanned.</summary>
    /// <remarks>Models <c>get_scan_count</c> with the default swappiness.</remarks>
    private static ulong[] CountsOf(Kernel kernel, ScanControl scan, LruVector lists)
    {
        const ulong swappiness = 60;
        var sum = lists.Costs[0] + lists.Costs[1];
        var (anonCost, fileCost) = (sum + lists.Costs[0], sum + lists.Costs[1]);
        var anon = swappiness * (anonCost + fileCost + 1) / (anonCost + 1);
        var file = (200 - swappiness) * (anonCost + fileCost + 1) / (fileCost + 1);
        var trimsCache = kernel.Profile.Version < LruVector.StaleStatisticsSince && !scan.ForcesDeactivation
            && lists.SizeOf(LruList.InactiveFile) >> scan.Priority > 0 && !lists.IsInactiveLow(isFile: true);
        var counts = new ulong[4];
        for (var list = LruList.InactiveAnon; list <= LruList.ActiveFile; list++)
        {
            var isFile = list >= LruList.InactiveFile;
            var count = lists.SizeOf(list) >> scan.Priority;
            counts[(int)list] = scan.Priority == 0 ? count
                : trimsCache ? isFile ? count : 0
                : count * (isFile ? file : anon) / (anon + file);
        }

        return counts;
    }

    private static IEnumerable<PreemptionPoint> ShrinkInactive(
        Kernel kernel, CpuOperation op, ScanControl scan, LruVector lists, LruList list, ulong count,
        ReclaimTally tally)
    {
        var pages = lists.Isolate(list, count);
        var size = 0UL;
        foreach (var head in pages)
        {
            size += 1UL << kernel.Memory.State(head).Order;
        }

        foreach (var point in Reclaim.List(kernel, op, pages, new(UsesReferences: true, scan.Cgroup), tally))
        {
            yield return point;
        }

        lists.PutBack(tally.Kept);
        if (pages.Count > 0)
        {
            lists.NoteCost(list == LruList.InactiveFile, tally.Written, size - tally.Reclaimed);
        }
    }

    /// <summary>Pages from the old end of an active list become inactive; used program code stays.</summary>
    /// <remarks>Models <c>shrink_active_list</c>.</remarks>
    private static IEnumerable<PreemptionPoint> ShrinkActive(
        Kernel kernel, CpuOperation op, ScanControl scan, LruVector lists, LruList list, ulong count)
    {
        var (active, inactive) = (new List<ulong>(), new List<ulong>());
        foreach (var head in lists.Isolate(list, count))
        {
            while (!kernel.TryEnterRmap(op))
            {
                yield return AddressSpace.Waiting("rmap_lock");
            }

            yield return AddressSpace.Taken("shrink_active_list");
            var result = new StepResult();
            foreach (var point in Aging.Referenced(kernel, op, head, result, scan.Cgroup))
            {
                yield return point;
            }

            kernel.LeaveRmap(op);
            var isFile = !kernel.Memory.State(head).Has(FrameFlags.SwapBacked);
            (result.IsReferenced && result.IsExecutable && isFile ? active : inactive).Add(head);
        }

        foreach (var head in inactive)
        {
            kernel.Memory.State(head).Flags &= ~FrameFlags.Active;
        }

        lists.PutBack(active);
        lists.PutBack(inactive);
    }
}
