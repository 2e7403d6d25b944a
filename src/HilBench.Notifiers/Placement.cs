namespace HilBench.Notifiers;

/// <summary>
/// Where the secondary TLB is invalidated at a call site (placement codes of the notifier specification, 2.1).
/// </summary>
[Flags]
public enum Placement : ushort
{
    /// <summary>
    /// Not at all, but start/end callbacks are made: range_end is the only_end variant (code X).
    /// </summary>
    None = 0,

    /// <summary>
    /// Code L: under the page-table lock, after clear and CPU flush, before the new entry is written.
    /// </summary>
    UnderLockBeforeSet = 1 << 0,

    /// <summary>Code L2: under the page-table lock, after the new entry was written.</summary>
    UnderLockAfterSet = 1 << 1,

    /// <summary>
    /// Code G: at the gather flush, before the gathered pages are freed. At a site without a gather: after range_end.
    /// </summary>
    AtGatherFlush = 1 << 2,

    /// <summary>Code F: after the CPU flush, outside the page-table lock, before end.</summary>
    AfterCpuFlush = 1 << 3,

    /// <summary>
    /// Code E: the core calls it from range_end. Without it range_end is the only_end variant (code X).
    /// </summary>
    AtEnd = 1 << 4,

    /// <summary>
    /// Codes TL, TG, TA and TF: exactly where, and for which range, the CPU TLB is flushed (6.6 and later).
    /// </summary>
    WithCpuFlush = 1 << 5,

    /// <summary>Code P: <c>invalidate_page</c> for each page instead of start/end (4.12).</summary>
    ByPage = 1 << 6,

    /// <summary>No start/end callbacks at this site.</summary>
    Untold = 1 << 7,

    /// <summary>The site does not exist in this kernel (n/a).</summary>
    Absent = 1 << 8,
}
