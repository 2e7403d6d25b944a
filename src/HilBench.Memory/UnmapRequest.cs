namespace HilBench.Memory;

/// <summary>How the reverse map is to remove the mappings of a page (enum ttu_flags).</summary>
/// <param name="Mode">What takes the place of each entry.</param>
/// <param name="SplitsHuge">Whether a huge mapping is split first.</param>
/// <param name="Batch">Where CPU flushes are put off to; null: each entry is flushed at once.</param>
internal readonly record struct UnmapRequest(UnmapMode Mode, bool SplitsHuge = false, UnmapBatch? Batch = null);
