namespace HilBench.Memory;

/// <summary>The page size that a mapping asks for.</summary>
public enum PageSizeHint : byte
{
    /// <summary>4 KiB.</summary>
    Base = 0,

    /// <summary>Transparent huge pages of 2 MiB where a whole one fits (madvise HUGEPAGE).</summary>
    TransparentHuge,

    /// <summary>Pages of 2 MiB that are never split, as hugetlb has them.</summary>
    Hugetlb,

    /// <summary>Pages of 1 GiB that are never split, as hugetlb has them.</summary>
    Gigantic,
}
