namespace HilBench.Scenarios;

/// <summary>What a line of a timeline is.</summary>
internal enum LitmusTimelineKind
{
    /// <summary>A step of the file begins.</summary>
    Step = 0,

    /// <summary>A page-table entry changes.</summary>
    Entry,

    /// <summary>A range starts or ends.</summary>
    Range,

    /// <summary>A secondary TLB is invalidated.</summary>
    Invalidation,

    /// <summary>The CPU TLBs are flushed.</summary>
    CpuTlb,

    /// <summary>A page is freed or used again.</summary>
    Frame,

    /// <summary>Memory is read or written, a translation granted.</summary>
    Access,

    /// <summary>A register gets its value.</summary>
    Result,
}
