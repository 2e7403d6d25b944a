namespace HilBench.Memory;

/// <summary>The lists of one cgroup on one node, while they are scanned (struct lruvec).</summary>
internal sealed class LruVector
{
    private readonly Kernel _kernel;
    private readonly Queue<(ulong Head, ulong Identity)>[] _lists = [new(), new(), new(), new()];
    private readonly ulong[] _sizes = new ulong[4];
    private readonly ulong[] _costs;

    /// <summary>Takes the lists as they are now.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="cgroup">Whose pages.</param>
    /// <param name="node">On which node.</param>
    /// <param name="costs">What reclaim of anonymous and of file pages cost so far; kept over scans.</param>
    public LruVector(Kernel kernel, byte cgroup, byte node, ulong[] costs)
    {
        _kernel = kernel;
        _costs = costs;
        foreach (var head in kernel.Lru.Collect(cgroup, node))
        {
            Append(kernel.Lru.ListOf(head), head);
        }
    }

    /// <summary>Base pages on a list.</summary>
    public ulong SizeOf(LruList list) => _sizes[(int)list];

    /// <summary>What reclaim of anonymous (0) and file pages (1) cost so far.</summary>
    public ReadOnlySpan<ulong> Costs => _costs;

    /// <summary>Whether the inactive list is shorter than the active one.</summary>
    /// <remarks>
    /// Models <c>inactive_is_low</c>. From 6.12 on reclaim does not wait for the statistics of the cgroup, which are
    /// collected every two seconds: it sees none of what happened lately.
    /// </remarks>
    public bool IsInactiveLow(bool isFile)
    {
        var inactive = isFile ? LruList.InactiveFile : LruList.InactiveAnon;
        return _kernel.Profile.Version < StaleStatisticsSince && SizeOf(inactive) < SizeOf(inactive + 1);
    }

    internal const int StaleStatisticsSince = 612;

    /// <summary>Takes up to that many base pages from the old end.</summary>
    public List<ulong> Isolate(LruList list, ulong count)
    {
        var taken = new List<ulong>();
        for (var pages = 0UL; pages < count && _lists[(int)list].TryDequeue(out var page);)
        {
            ref var state = ref _kernel.Memory.State(page.Head);
            var size = 1UL << state.Order;
            _sizes[(int)list] -= Math.Min(size, _sizes[(int)list]);
            if (state.RefCount > 0 && state.Identity == page.Identity && !state.Has(FrameFlags.Free | FrameFlags.Tail))
            {
                taken.Add(page.Head);
                pages += size;
            }
        }

        return taken;
    }

    /// <summary>Puts pages back at the young end of the lists that they belong to now.</summary>
    public void PutBack(List<ulong> pages)
    {
        foreach (var head in pages)
        {
            _kernel.Lru.Move(head, _kernel.Memory.State(head).Has(FrameFlags.Active));
            Append(_kernel.Lru.ListOf(head), head);
        }
    }

    /// <summary>Reclaim of that kind cost something; old costs fade.</summary>
    /// <remarks>Models <c>lru_note_cost</c>.</remarks>
    public void NoteCost(bool isFile, ulong written, ulong rotated)
    {
        var weighs = _kernel.Profile.Version >= 602;
        _costs[isFile ? 1 : 0] += weighs ? (written * ScanControl.ClusterMax) + rotated : written;
        if (_costs[0] + _costs[1] > (_sizes[0] + _sizes[1] + _sizes[2] + _sizes[3]) / 4)
        {
            _costs[0] /= 2;
            _costs[1] /= 2;
        }
    }

    private void Append(LruList list, ulong head)
    {
        ref var state = ref _kernel.Memory.State(head);
        _lists[(int)list].Enqueue((head, state.Identity));
        _sizes[(int)list] += 1UL << state.Order;
    }
}
