namespace HilBench.Clients;

/// <summary>The archetypes of subscribers.</summary>
public enum ClientKind : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Count of active ranges, sequence and lock; start and end.</summary>
    SequenceCount,

    /// <summary>An interval notifier with collision-retry.</summary>
    IntervalTree,

    /// <summary>A translation cache of CPU page-table entries: the secondary-TLB callback only.</summary>
    SecondaryTlb,

    /// <summary>Start on the list, an interval for each fault.</summary>
    StartOnly,

    /// <summary>As start-only, with page references as long as a page is mapped.</summary>
    Pinning,

    /// <summary>An interval notifier with the owner filter of HMM drivers.</summary>
    HmmMirror,

    /// <summary>A translation cache with a software miss handler that waits for active ranges.</summary>
    RangeCount,

    /// <summary>Start takes a read lock that end drops.</summary>
    LockHolding,

    /// <summary>Fixed windows; start destroys those that it meets.</summary>
    WindowUnmap,

    /// <summary>The kernel's own alias of a user page.</summary>
    Alias,
}
