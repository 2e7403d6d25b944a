namespace HilBench.Memory;

/// <summary>How the kernel wants a page of a process (FOLL_ flags).</summary>
[Flags]
internal enum UserPageFlags
{
    /// <summary>To read it.</summary>
    None = 0,

    /// <summary>To write it.</summary>
    Write = 1 << 0,

    /// <summary>Even where the mapping forbids it, as a debugger does.</summary>
    Force = 1 << 1,

    /// <summary>For DMA: the page must stay the one that the process sees.</summary>
    Pin = 1 << 2,

    /// <summary>For a time that nobody knows.</summary>
    LongTerm = 1 << 3,

    /// <summary>The entry of a huge page is marked as used.</summary>
    Touch = 1 << 4,
}
