namespace HilBench.Memory;

/// <summary>What was asked of a mapping besides its protection (VM_ flags).</summary>
[Flags]
public enum VmaFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Shared mapping.</summary>
    Shared = 1 << 0,

    /// <summary>madvise HUGEPAGE.</summary>
    HugePage = 1 << 1,

    /// <summary>madvise NOHUGEPAGE.</summary>
    NoHugePage = 1 << 2,

    /// <summary>mlock.</summary>
    Locked = 1 << 3,

    /// <summary>mlock only what is faulted in.</summary>
    LockOnFault = 1 << 4,

    /// <summary>madvise MERGEABLE.</summary>
    Mergeable = 1 << 5,

    /// <summary>madvise WIPEONFORK.</summary>
    WipeOnFork = 1 << 6,

    /// <summary>madvise DONTFORK.</summary>
    DontFork = 1 << 7,

    /// <summary>madvise DONTDUMP.</summary>
    DontDump = 1 << 8,

    /// <summary>madvise SEQUENTIAL.</summary>
    Sequential = 1 << 9,

    /// <summary>madvise RANDOM.</summary>
    Random = 1 << 17,

    /// <summary>Pages of 2 MiB or 1 GiB that are never split.</summary>
    Hugetlb = 1 << 10,

    /// <summary>Memory of a named node is wanted (mbind): node 0 unless BoundRemote says otherwise.</summary>
    Bound = 1 << 12,

    /// <summary>
    /// With Bound: memory of node 1 is wanted. Mappings of different nodes do not merge (mpol_equal).
    /// </summary>
    BoundRemote = 1 << 18,

    /// <summary>
    /// The memory is charged against what may be promised (VM_ACCOUNT): private, and writable at some time. Keeps
    /// mappings from merging.
    /// </summary>
    Account = 1 << 19,

    /// <summary>userfaultfd handles missing pages.</summary>
    UffdMissing = 1 << 13,

    /// <summary>userfaultfd handles writes to pages that it protected.</summary>
    UffdWriteProtect = 1 << 14,

    /// <summary>userfaultfd handles pages that the file has and the mapping has not.</summary>
    UffdMinor = 1 << 15,

    /// <summary>userfaultfd lets writes to protected pages through at once; PAGEMAP_SCAN finds them (6.7).</summary>
    UffdAsync = 1 << 16,

    /// <summary>
    /// Soft-dirty tracking was not reset since the mapping was made; does not keep mappings from merging.
    /// </summary>
    SoftDirty = 1 << 11,
}
