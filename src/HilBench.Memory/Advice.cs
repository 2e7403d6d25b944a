namespace HilBench.Memory;

/// <summary>Advice of madvise.</summary>
public enum Advice : byte
{
    /// <summary>No advice.</summary>
    None = 0,

    /// <summary>The pages are dropped now.</summary>
    DontNeed,

    /// <summary>As DontNeed, also in locked mappings.</summary>
    DontNeedLocked,

    /// <summary>The pages may be dropped when memory is short, unless they are written again.</summary>
    Free,

    /// <summary>A hole is made in the file behind a shared mapping.</summary>
    Remove,

    /// <summary>The pages become old.</summary>
    Cold,

    /// <summary>The pages are reclaimed now.</summary>
    PageOut,

    /// <summary>Base pages are collapsed to huge pages now.</summary>
    Collapse,

    /// <summary>Pages of a file are not read ahead.</summary>
    Random,

    /// <summary>Huge pages are wanted.</summary>
    HugePage,

    /// <summary>Huge pages are not wanted.</summary>
    NoHugePage,

    /// <summary>Pages of equal contents may be merged.</summary>
    Mergeable,

    /// <summary>Merged pages get their own copies again, and are not merged any more.</summary>
    Unmergeable,

    /// <summary>A child does not get the mapping.</summary>
    DontFork,

    /// <summary>A child gets the mapping.</summary>
    DoFork,

    /// <summary>A child gets the mapping empty.</summary>
    WipeOnFork,

    /// <summary>A child gets the contents.</summary>
    KeepOnFork,

    /// <summary>Left out of core dumps.</summary>
    DontDump,

    /// <summary>Part of core dumps.</summary>
    DoDump,

    /// <summary>Read in order.</summary>
    Sequential,

    /// <summary>No special order.</summary>
    Normal,

    /// <summary>Needed soon.</summary>
    WillNeed,

    /// <summary>Every page is faulted in for load.</summary>
    PopulateRead,

    /// <summary>Every page is faulted in for store.</summary>
    PopulateWrite,
}
