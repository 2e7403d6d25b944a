namespace HilBench.Scenarios;

/// <summary>Kinds of mappings that random programs have.</summary>
internal enum MappingKind
{
    /// <summary>Private memory in 4 KiB pages.</summary>
    Base = 0,

    /// <summary>Private memory in transparent huge pages.</summary>
    Huge,

    /// <summary>Memory that forked processes share.</summary>
    Shared,

    /// <summary>A file, shared.</summary>
    FileShared,

    /// <summary>A file, private.</summary>
    FilePrivate,

    /// <summary>hugetlb pages of 2 MiB.</summary>
    Hugetlb,
}
