namespace HilBench.Memory;

/// <summary>How memory is mapped: MAP_SHARED and its relatives.</summary>
[Flags]
public enum MapFlags : byte
{
    /// <summary>Private, at an address of the kernel's choice.</summary>
    None = 0,

    /// <summary>Shared with children and other mappings of the same file.</summary>
    Shared = 1,

    /// <summary>At the given address; what is there is unmapped first.</summary>
    Fixed = 2,

    /// <summary>Pages are faulted in at once.</summary>
    Populate = 4,
}
