namespace HilBench.Memory;

/// <summary>Parts of the host that are shared between CPUs besides the frames.</summary>
internal enum KernelPart : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The free lists.</summary>
    Allocator,

    /// <summary>The mmap lock of an mm, and what it protects.</summary>
    MmapLock,

    /// <summary>The lock of a page table.</summary>
    TableLock,

    /// <summary>Facts of an mm that no lock protects.</summary>
    AddressSpace,

    /// <summary>The subscriptions of an mm, and the clients.</summary>
    Notifiers,

    /// <summary>The reverse-map lock.</summary>
    Rmap,

    /// <summary>The LRU lists.</summary>
    Lru,

    /// <summary>The swap area and its cache.</summary>
    Swap,

    /// <summary>What KSM knows.</summary>
    Merging,

    /// <summary>Pages that were freed lazily.</summary>
    LazyFreed,

    /// <summary>Files and anon_vmas.</summary>
    Mappings,

    /// <summary>The list of address spaces.</summary>
    AddressSpaces,

    /// <summary>The huge zero page.</summary>
    HugeZeroPage,
}
