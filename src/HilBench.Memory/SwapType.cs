namespace HilBench.Memory;

/// <summary>Type field of a page-table entry that is not present, as Linux 6.1 numbers it on x86-64.</summary>
public enum SwapType : byte
{
    /// <summary>The first swap area.</summary>
    Swap = 0,

    /// <summary>A poisoned page.</summary>
    Hwpoison = 23,

    /// <summary>Under migration, was read-only.</summary>
    MigrationRead = 24,

    /// <summary>Under migration, was read-only and exclusive.</summary>
    MigrationReadExclusive = 25,

    /// <summary>Under migration, was writable.</summary>
    MigrationWrite = 26,

    /// <summary>A device has exclusive access; the page was writable.</summary>
    DeviceExclusiveWrite = 29,

    /// <summary>A device has exclusive access; the page was read-only.</summary>
    DeviceExclusiveRead = 30,

    /// <summary>A marker of userfaultfd or poison.</summary>
    Marker = 31,
}
