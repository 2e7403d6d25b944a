namespace HilBench.Memory;

/// <summary>What became of a list of pages that reclaim worked on (struct reclaim_stat).</summary>
internal sealed class ReclaimTally
{
    /// <summary>Base pages that were freed.</summary>
    public ulong Reclaimed { get; set; }

    /// <summary>Base pages that were written.</summary>
    public ulong Written { get; set; }

    /// <summary>Pages that stay, in the order in which they go back to the lists.</summary>
    public List<ulong> Kept { get; } = [];
}
