namespace HilBench.Clients;

/// <summary>
/// The known-bad patterns of subscribers, numbered as in the notifier specification (3.2: B1 to B22; litmus L22).
/// </summary>
public enum ClientFault : byte
{
    /// <summary>None: the client is correct.</summary>
    None = 0,

    /// <summary>B1: start only, without a sequence to retry on.</summary>
    NoRetry = 1,

    /// <summary>B2: as B1, and no page references either.</summary>
    NoPageReference = 2,

    /// <summary>B3: end lowers the count of active ranges before it raises the sequence.</summary>
    UncountsBeforeSequence = 3,

    /// <summary>B4: the sequence is read after the page was looked up.</summary>
    SequenceAfterLookup = 4,

    /// <summary>B5: sleeps in a callback under the page-table lock.</summary>
    SleepsUnderPageTableLock = 5,

    /// <summary>B6: end undoes what a start that failed had undone, or had never done.</summary>
    EndsWhatFailed = 6,

    /// <summary>B7: takes the number of pages of a range for its number of bytes.</summary>
    PagesForBytes = 7,

    /// <summary>B8: the start of the range is not aligned down to the huge page.</summary>
    StartNotAligned = 8,

    /// <summary>B9: drops one base page where a huge page was announced.</summary>
    OnePageOfHugePage = 9,

    /// <summary>B10: has the secondary-TLB callback in place of start and end.</summary>
    SecondaryTlbCallbackOnly = 10,

    /// <summary>B11: invalidates after the page-table lock was dropped.</summary>
    InvalidatesAfterLock = 11,

    /// <summary>B12: keeps an entry that is larger than the invalidated range.</summary>
    KeepsLargerEntries = 12,

    /// <summary>B13: ignores migration and exclusive access of every owner, not only its own.</summary>
    IgnoresEveryOwner = 13,

    /// <summary>B14: the last page of its interval is left out.</summary>
    LastPageLeftOut = 14,

    /// <summary>B15: sets the sequence only when something was dropped.</summary>
    SequenceOnlyWhenDropped = 15,

    /// <summary>B16: tests for retry outside of its lock.</summary>
    RetryTestOutsideLock = 16,

    /// <summary>B17: waits for its lock in a range that is not blockable.</summary>
    BlocksInNonBlockable = 17,

    /// <summary>B18: claims that its callbacks do not block, and blocks.</summary>
    ClaimsNotToBlock = 18,

    /// <summary>B19: release does not stop the device.</summary>
    ReleaseKeepsEntries = 19,

    /// <summary>B20: relies on announcements where the kernel makes none.</summary>
    NotTold = 20,

    /// <summary>B21: its notifier is freed without a wait for running callbacks.</summary>
    FreedWithoutWait = 21,

    /// <summary>B22: an interval that succeeded stays counted when a list notifier refuses.</summary>
    IntervalStaysCounted = 22,

    /// <summary>L22: a fill that was under way when its range was invalidated is kept.</summary>
    KeepsLateFill = 23,
}
