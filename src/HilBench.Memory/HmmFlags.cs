namespace HilBench.Memory;

/// <summary>What hmm_range_fault found out about a page (HMM_PFN_ flags).</summary>
[Flags]
public enum HmmFlags : byte
{
    /// <summary>Nothing is mapped there.</summary>
    None = 0,

    /// <summary>The device may read the frame.</summary>
    Valid = 1 << 0,

    /// <summary>The device may write it, too.</summary>
    Writable = 1 << 1,

    /// <summary>No mapping, or one that may not be read.</summary>
    Error = 1 << 2,
}
