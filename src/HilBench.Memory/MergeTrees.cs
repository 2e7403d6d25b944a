namespace HilBench.Memory;

/// <summary>What KSM knows: merged pages (stable), candidates of this scan (unstable), and what it saw before.</summary>
/// <remarks>
/// Models the trees of <c>mm/ksm.c</c>. They are searched by contents, so that their order decides nothing.
/// </remarks>
internal sealed class MergeTrees(PhysicalMemory memory)
{
    private readonly Dictionary<ulong, MergeNode> _nodes = [];
    private readonly Dictionary<ulong, List<MergeNode>> _stable = [];
    private readonly Dictionary<ulong, List<MergeItem>> _unstable = [];
    private readonly Dictionary<AddressSpace, SortedDictionary<ulong, MergeItem>> _items = [];
    private readonly List<AddressSpace> _spaces = [];

    /// <summary>Whether ksmd works; there is one.</summary>
    private bool IsBusy { get; set; }

    /// <summary>Takes <c>ksm_thread_mutex</c>.</summary>
    public bool TryEnter()
    {
        var isFree = !IsBusy;
        IsBusy = true;
        return isFree;
    }

    /// <summary>Gives <c>ksm_thread_mutex</c> back.</summary>
    public void Leave() => IsBusy = false;

    /// <summary>A scan begins: the processes that it goes over, in the order in which they asked to be merged.</summary>
    public List<AddressSpace> Start(IEnumerable<AddressSpace> all)
    {
        _unstable.Clear();
        _spaces.AddRange(all.Where(mm => IsMergeable(mm) && !_items.ContainsKey(mm)));
        _spaces.ForEach(mm => _items.TryAdd(mm, []));
        return [.. _spaces];
    }

    /// <summary>The processes that are known, those too that do not ask to be merged any more.</summary>
    public AddressSpace[] Spaces => [.. _spaces];

    /// <summary>What is remembered of a process.</summary>
    public MergeItem[] ItemsOf(AddressSpace mm) => [.. _items[mm].Values];

    /// <summary>An address is forgotten.</summary>
    public void Forget(MergeItem item)
    {
        Detach(item);
        _items[item.Mm].Remove(item.Address);
    }

    /// <summary>A process in which nothing is to be merged any more is forgotten.</summary>
    public void ForgetUnless(AddressSpace mm)
    {
        if (!IsMergeable(mm))
        {
            _spaces.Remove(mm);
            _items.Remove(mm);
        }
    }

    /// <summary>Everything that was seen is forgotten (run=2).</summary>
    public void Clear()
    {
        _unstable.Clear();
        foreach (var item in _spaces.SelectMany(ItemsOf).ToArray())
        {
            Forget(item);
        }

        _spaces.Clear();
        _items.Clear();
    }

    /// <summary>What is remembered of an address; nothing yet when it is new.</summary>
    public MergeItem ItemAt(AddressSpace mm, ulong address)
    {
        if (!_items[mm].TryGetValue(address, out var item))
        {
            item = new MergeItem(mm, address);
            _items[mm].Add(address, item);
        }

        item.IsSeen = true;

        return item;
    }

    /// <summary>Takes an address out of both trees.</summary>
    /// <remarks>Models <c>remove_rmap_item_from_tree</c>.</remarks>
    public static void Detach(MergeItem item)
    {
        item.Node?.Items.Remove(item);
        item.Node = null;
        item.Candidates?.Remove(item);
        item.Candidates = null;
    }

    /// <summary>The merged page in a frame; null when there is none.</summary>
    public MergeNode? NodeOf(ulong frame) =>
        _nodes.TryGetValue(frame, out var node) && IsAlive(node) ? node : null;

    /// <summary>The merged page with the contents of a frame; null when there is none.</summary>
    /// <remarks>Models <c>stable_tree_search</c>.</remarks>
    public MergeNode? FindStable(ulong frame)
    {
        var list = ListOf(_stable, frame);
        foreach (var gone in list.Where(node => !IsAlive(node)).ToArray())
        {
            gone.Items.ForEach(item => item.Node = null);
            list.Remove(gone);
        }

        return list.Find(node => memory.ContentEquals(frame, node.Frame));
    }

    /// <summary>A page became a merged one.</summary>
    public MergeNode AddStable(ulong frame)
    {
        var node = new MergeNode(frame, memory.State(frame).Identity);
        _nodes[frame] = node;
        ListOf(_stable, frame).Add(node);
        return node;
    }

    /// <remarks>Models <c>stable_tree_append</c>.</remarks>
    public static void Append(MergeItem item, MergeNode node)
    {
        item.Node = node;
        node.Items.Insert(0, item);
    }

    /// <summary>A merged page was moved to another frame.</summary>
    /// <remarks>Models <c>folio_migrate_ksm</c>.</remarks>
    public void Move(ulong frame, ulong target)
    {
        if (NodeOf(frame) is { } node)
        {
            _nodes.Remove(frame);
            _nodes[target] = node;
            (node.Frame, node.Identity) = (target, memory.State(target).Identity);
        }
    }

    /// <summary>A candidate with the contents of a frame; when there is none, the address becomes one itself.</summary>
    /// <remarks>Models <c>unstable_tree_search_insert</c>: the same page, forked, is neither found nor added.</remarks>
    public MergeItem? FindOrAddUnstable(MergeItem item, ulong frame, Func<MergeItem, ulong> frameOf)
    {
        var list = ListOf(_unstable, frame);
        foreach (var other in list)
        {
            var found = frameOf(other);
            if (found != 0 && (found == frame || memory.ContentEquals(frame, found)))
            {
                return found == frame ? null : other;
            }
        }

        list.Add(item);
        item.Candidates = list;
        return null;
    }

    private static bool IsMergeable(AddressSpace mm) =>
        !mm.HasExited && mm.Vmas.Any(vma => vma.Has(VmaFlags.Mergeable));

    private bool IsAlive(MergeNode node)
    {
        ref var page = ref memory.State(node.Frame);
        return page.RefCount > 0 && page.Identity == node.Identity && page.Has(FrameFlags.Ksm);
    }

    private List<T> ListOf<T>(Dictionary<ulong, List<T>> tree, ulong frame)
    {
        var hash = memory.ContentHash(frame);
        if (!tree.TryGetValue(hash, out var list))
        {
            list = [];
            tree.Add(hash, list);
        }

        return list;
    }
}
