namespace HilBench.Memory;

/// <summary>What takes the place of an entry that the reverse map removes.</summary>
internal enum UnmapMode
{
    /// <summary>A migration entry.</summary>
    Migrate,

    /// <summary>A swap entry, or nothing for a clean page of MADV_FREE or of a file.</summary>
    Reclaim,

    /// <summary>A poison entry where the frame is poisoned.</summary>
    Hwpoison,

    /// <summary>Nothing: the page is poisoned, but clean, and its file has the contents (TTU_IGNORE_HWPOISON).</summary>
    DropPoisoned,
}
