namespace HilBench.Notifiers;

/// <summary>
/// What a profile does differently from every kernel at one call site, beside the placement: for experiments that must
/// go wrong, or must not (notifier specification, 2.4).
/// </summary>
[Flags]
public enum SiteExperiment : uint
{
    /// <summary>Nothing: as the kernel.</summary>
    None = 0,

    /// <summary>The secondary TLB is never invalidated at this site, whatever the placement says.</summary>
    SkipSecondaryTlb = 1 << 0,

    /// <summary>Neither start nor end is called.</summary>
    MissingStartEnd = 1 << 1,

    /// <summary>Start is called, end is not.</summary>
    MissingEnd = 1 << 2,

    /// <summary>The secondary TLB is invalidated before the entry is cleared: it can be filled again.</summary>
    InvalidateBeforeClear = 1 << 3,

    /// <summary>The secondary TLB is invalidated before the CPU TLBs.</summary>
    InvalidateBeforeCpuFlush = 1 << 4,

    /// <summary>The CPU flush comes only when the page-table lock is dropped, just before end.</summary>
    CpuFlushBeforeEnd = 1 << 5,

    /// <summary>The CPU flush comes only after end.</summary>
    CpuFlushAfterEnd = 1 << 6,

    /// <summary>The end of a range is its start plus the number of pages, in bytes (bad pattern B7).</summary>
    EndInPagesNotBytes = 1 << 7,

    /// <summary>A range of more than a page starts, and ends, in the middle of its page (bad pattern B8).</summary>
    StartUnaligned = 1 << 8,

    /// <summary>Pages are freed before the TLBs are flushed.</summary>
    FreeBeforeFlush = 1 << 9,

    /// <summary>Pages are never freed.</summary>
    NeverFree = 1 << 10,

    /// <summary>The range is rounded to 2 MiB.</summary>
    RoundToHugePage = 1 << 11,

    /// <summary>The range is the whole address space.</summary>
    WholeAddressSpace = 1 << 12,

    /// <summary>A range of more than one page is announced as two.</summary>
    TwoRanges = 1 << 13,

    /// <summary>Every event is told as UNMAP.</summary>
    TellUnmap = 1 << 14,
}
