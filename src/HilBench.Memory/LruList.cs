namespace HilBench.Memory;

/// <summary>The lists that reclaim scans, in the order in which it does.</summary>
internal enum LruList
{
    /// <summary>Pages backed by swap that were not used lately.</summary>
    InactiveAnon = 0,

    /// <summary>Pages backed by swap that were used.</summary>
    ActiveAnon = 1,

    /// <summary>Pages of files, and lazily freed ones, that were not used lately.</summary>
    InactiveFile = 2,

    /// <summary>Pages of files that were used.</summary>
    ActiveFile = 3,
}
