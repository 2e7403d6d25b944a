namespace HilBench.Memory;

/// <summary>What takes the place of an entry that the reverse map removes.</summary>
internal enum UnmapMode
{
    /// <summary>A migration entry.</summary>
    Migrate,

    /// <summary>A swap entry, or nothing for a clean page of MADV_FREE or of a file.</summary>
    Reclaim,
}
