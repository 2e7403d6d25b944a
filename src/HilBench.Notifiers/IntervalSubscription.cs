namespace HilBench.Notifiers;

/// <summary>One interval of one client: <c>struct mmu_interval_notifier</c>.</summary>
public sealed class IntervalSubscription
{
    internal IntervalSubscription(IIntervalClient client, VirtualRange range, uint index)
    {
        Client = client;
        Range = range;
        Index = index;
    }

    /// <summary>Its owner.</summary>
    public IIntervalClient Client { get; }

    /// <summary>The addresses that it watches.</summary>
    public VirtualRange Range { get; }

    /// <summary>Which interval of the mm, counted from 0 in the order of insertion.</summary>
    public uint Index { get; }

    /// <summary>The sequence number of its last invalidation; odd, and equal to the mm's while it collides.</summary>
    public ulong Sequence { get; internal set; }

    /// <summary>Whether its removal has returned: no callback of it runs any more.</summary>
    public bool IsRemoved { get; internal set; }

    /// <summary>Whether it is in the tree (an insert or remove may be deferred).</summary>
    public bool IsInTree { get; internal set; }

    internal IntervalSubscription? Left { get; set; }

    internal IntervalSubscription? Right { get; set; }

    internal int Height { get; set; }

    /// <summary>Highest end of the intervals at and below this node of the tree.</summary>
    internal ulong HighestEnd { get; set; }
}
