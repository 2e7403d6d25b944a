namespace HilBench.Scenarios;

/// <summary>Groups of CPU operations, drawn for a program as a whole.</summary>
internal enum OperationGroup
{
    /// <summary>munmap, mprotect, DONTNEED, loads and stores.</summary>
    Mapping = 0,

    /// <summary>Mappings that move, grow, are locked, and the heap.</summary>
    Moving,

    /// <summary>Huge pages are split and put together, equal pages merged.</summary>
    Huge,

    /// <summary>Pages go to other frames or nodes.</summary>
    Migration,

    /// <summary>Pages go to swap and come back.</summary>
    Reclaim,

    /// <summary>Files are written, synchronised and cut.</summary>
    Files,

    /// <summary>Writes are tracked, faults watched.</summary>
    Tracking,

    /// <summary>Drivers pin pages and take them for themselves.</summary>
    Drivers,

    /// <summary>Processes are forked, end, or are replaced.</summary>
    Processes,
}
