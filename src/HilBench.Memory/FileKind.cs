namespace HilBench.Memory;

/// <summary>What stands behind a file's pages.</summary>
public enum FileKind : byte
{
    /// <summary>Memory and swap: shared anonymous memory, tmpfs, memfd. Shared mappings are writable at once.</summary>
    SharedMemory = 0,

    /// <summary>
    /// A disk: the first store to each page of a shared mapping faults, so that writeback knows of it.
    /// </summary>
    Disk,

    /// <summary>hugetlbfs: pages of 2 MiB, in memory only.</summary>
    Hugetlb,

    /// <summary>
    /// Persistent memory that is mapped directly (DAX): the frames belong to the file, there is no page cache.
    /// </summary>
    Dax,
}
