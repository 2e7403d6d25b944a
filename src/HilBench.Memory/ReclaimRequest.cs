namespace HilBench.Memory;

/// <summary>How pages are to be reclaimed.</summary>
/// <param name="UsesReferences">Whether pages that were used stay once more.</param>
/// <param name="Cgroup">Only uses by this cgroup count; null: all.</param>
/// <param name="Generations">The multi-generational LRU where it is on; null: the active lists.</param>
internal readonly record struct ReclaimRequest(
    bool UsesReferences, byte? Cgroup = null, GenerationalLru? Generations = null);
