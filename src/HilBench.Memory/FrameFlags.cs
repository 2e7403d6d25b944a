namespace HilBench.Memory;

/// <summary>What the kernel knows about a frame.</summary>
[Flags]
public enum FrameFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>On a free list.</summary>
    Free = 1 << 0,

    /// <summary>Holds a page table.</summary>
    PageTable = 1 << 1,

    /// <summary>Anonymous memory; otherwise a file's (or nobody's).</summary>
    Anonymous = 1 << 2,

    /// <summary>Anonymous and mapped by one process only, so that it may be made writable without a copy.</summary>
    AnonExclusive = 1 << 3,

    /// <summary>The page lock, or the page-table lock of a page table, is taken.</summary>
    Locked = 1 << 4,

    /// <summary>Newer than its backing store.</summary>
    Dirty = 1 << 5,

    /// <summary>The zero page or the huge zero page.</summary>
    Zero = 1 << 6,

    /// <summary>A page of KSM.</summary>
    Ksm = 1 << 7,

    /// <summary>Poisoned: never handed out again.</summary>
    Hwpoison = 1 << 8,

    /// <summary>Belongs to a hugetlb mapping.</summary>
    Hugetlb = 1 << 9,

    /// <summary>Not first frame of a compound page.</summary>
    Tail = 1 << 10,

    /// <summary>
    /// Backed by swap (anonymous or shared memory); without it an anonymous page may be dropped when clean.
    /// </summary>
    SwapBacked = 1 << 11,

    /// <summary>Read ahead of its use: whoever comes to it starts reading further.</summary>
    Readahead = 1 << 13,

    /// <summary>Has a place in the swap area.</summary>
    SwapCache = 1 << 12,
}
