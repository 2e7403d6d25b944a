namespace HilBench.Memory;

/// <summary>
/// The least-recently-used lists. A page enters at the young end when it is handed out, and only moves are written
/// down, so that faults pay nothing for it.
/// </summary>
/// <remarks>Models the lists of <c>struct lruvec</c>, and <c>mm/swap.c</c> which moves pages between them.</remarks>
internal sealed class LruLists(Kernel kernel)
{
    /// <summary>Before this version new anonymous pages were active at first.</summary>
    internal const int InactiveAtFirstSince = 509;

    private readonly Dictionary<ulong, LruPosition> _moved = [];
    private readonly Dictionary<(byte Cgroup, byte Node), ulong[]> _costs = [];
    private ulong _moves;

    /// <summary>Puts a page at the young end of its list.</summary>
    public void MoveToFront(ulong head) =>
        _moved[kernel.Memory.State(head).Identity] = new(kernel.Memory.LastIdentity, ++_moves, 0);

    /// <summary>A page becomes active or inactive, at the young end of that list.</summary>
    public void Move(ulong head, bool isActive)
    {
        ref var page = ref kernel.Memory.State(head);
        page.Flags = isActive ? page.Flags | FrameFlags.Active : page.Flags & ~FrameFlags.Active;
        MoveToFront(head);
    }

    /// <summary>The parts of a split huge page stand where it stood, in their order.</summary>
    /// <remarks>Models <c>lru_add_split_folio</c>.</remarks>
    public void Split(ulong head, int order)
    {
        if (!kernel.HasCgroups)
        {
            return;
        }

        var position = PositionOf(head);
        for (var i = 1UL; i < 1UL << order; i++)
        {
            _moved[kernel.Memory.State(head + i).Identity] = position with { Part = (uint)i };
        }
    }

    /// <summary>A page took the place of another (migration).</summary>
    public void Replace(ulong head, ulong target)
    {
        ref var from = ref kernel.Memory.State(head);
        ref var to = ref kernel.Memory.State(target);
        to.Flags |= from.Flags & (FrameFlags.Active | FrameFlags.Referenced);
        to.Cgroup = from.Cgroup;
    }

    /// <summary>Whether the page is active.</summary>
    public bool IsActive(ulong head)
    {
        ref var page = ref kernel.Memory.State(head);
        var isNewAnon = kernel.Profile.Version < InactiveAtFirstSince && page.Has(FrameFlags.SwapBacked)
            && page.Has(FrameFlags.Anonymous) && !_moved.ContainsKey(page.Identity);
        return isNewAnon || page.Has(FrameFlags.Active);
    }

    /// <summary>The list that the page is on.</summary>
    public LruList ListOf(ulong head)
    {
        var isAnon = kernel.Memory.State(head).Has(FrameFlags.SwapBacked);
        return IsActive(head) ? isAnon ? LruList.ActiveAnon : LruList.ActiveFile
            : isAnon ? LruList.InactiveAnon : LruList.InactiveFile;
    }

    /// <summary>What reclaim of anonymous (0) and of file pages (1) cost so far.</summary>
    public ulong[] CostsOf(byte cgroup, byte node)
    {
        if (!_costs.TryGetValue((cgroup, node), out var costs))
        {
            costs = new ulong[2];
            _costs.Add((cgroup, node), costs);
        }

        return costs;
    }

    /// <summary>Every page of a cgroup on a node that reclaim could take, oldest first.</summary>
    public List<ulong> Collect(byte cgroup, byte node)
    {
        var found = new List<(LruPosition Position, ulong Head)>();
        var known = new HashSet<ulong>();
        foreach (var head in kernel.Memory.Pages())
        {
            ref var page = ref kernel.Memory.State(head);
            known.Add(page.Identity);
            if (page.Cgroup == cgroup && page.Node == node && IsEvictable(head))
            {
                found.Add((PositionOf(head), head));
            }
        }

        foreach (var gone in _moved.Keys.Where(identity => !known.Contains(identity)).ToArray())
        {
            _moved.Remove(gone);
        }

        found.Sort((left, right) => left.Position.CompareTo(right.Position));
        return found.ConvertAll(page => page.Head);
    }

    /// <summary>
    /// Whether the page is on one of the lists, not on that of mlock and not off all.
    /// </summary>
    public bool IsEvictable(ulong head)
    {
        const FrameFlags never = FrameFlags.Free | FrameFlags.Tail | FrameFlags.PageTable | FrameFlags.Zero
            | FrameFlags.Hugetlb | FrameFlags.Hwpoison;
        var page = kernel.Memory.State(head);
        if ((page.Flags & never) != 0 || page.RefCount == 0
            || !(page.Has(FrameFlags.Anonymous) || kernel.IsInFile(head)))
        {
            return false;
        }

        foreach (var (vma, start, _) in Rmap.Mappings(kernel, head))
        {
            if (vma.Has(VmaFlags.Locked) && vma.Mm.Tables.TryWalk(new(start), out var walk)
                && kernel.Memory.HeadOf(walk.Page.Frame) == head)
            {
                return false;
            }
        }

        return true;
    }

    private LruPosition PositionOf(ulong head)
    {
        var identity = kernel.Memory.State(head).Identity;
        return _moved.TryGetValue(identity, out var position) ? position : new(identity, 0, 0);
    }
}
