using static HilBench.Clients.ClientFault;

namespace HilBench.Clients;

/// <summary>The known mistakes of subscribers that some archetype can make. docs/clients.md is made of it.</summary>
public static class ClientFaultCatalogue
{
    /// <summary>Every mistake, by number.</summary>
    public static IReadOnlyList<ClientFaultDescription> All { get; } =
    [
        new("B1", NoRetry, "has start only, without a sequence to retry on",
            "4.12 to 5.4: hfi1, amdgpu, radeon, i915, gntdev",
            "a fault between start and the change installs the old page again: stale read for ever"),
        new("B2", NoPageReference, "has start only, and takes no page reference",
            "4.12 to 5.4",
            "as B1 with munmap: the page is freed and given to somebody else, who is read and written"),
        new("B3", UncountsBeforeSequence, "lowers the count of active ranges before it raises the sequence",
            "any",
            "a fault that began before start passes both tests in between: stale read"),
        new("B4", SequenceAfterLookup, "reads the sequence after it has looked the page up",
            "any",
            "a whole invalidation between the two is not seen: stale read"),
        new("B5", SleepsUnderPageTableLock, "sleeps in a callback under the page-table lock",
            "4.12: invalidate_page of most clients; later any secondary-TLB callback",
            "the validator finds a sleep in atomic context"),
        new("B6", EndsWhatFailed, "undoes in end what a start that refused had not done",
            "4.19 to 5.11: amdgpu, HMM mirror; from 5.12 on with any client that refuses and has an end",
            "before 5.12 a counted range gets no end: every fault waits for ever; later the count is too low: "
            + "stale read"),
        new("B7", PagesForBytes, "takes the number of pages of a range for its number of bytes",
            "4.13-rc (aac2fea94f7a)",
            "of a huge page only the first 4 KiB are dropped: stale read 4 KiB further on"),
        new("B8", StartNotAligned, "does not align the start down to the huge page",
            "4.13-rc (aac2fea94f7a)",
            "what lies before the subpage stays mapped: stale read of the first page"),
        new("B9", OnePageOfHugePage, "drops one base page where a huge page goes",
            "4.12: invalidate_page of a PMD-mapped page",
            "the other 511 pages stay mapped: stale read 64 KiB further on"),
        new("B10", SecondaryTlbCallbackOnly, "has the secondary-TLB callback in place of start and end",
            "4.13-rc (785373b4c387)",
            "nothing holds off a fault that found the old page: stale read for ever"),
        new("B11", InvalidatesAfterLock, "invalidates after the page-table lock was dropped",
            "4.10 rmap, 4.12 DAX",
            "another CPU has the new page while the device still uses the old one: stale read"),
        new("B12", KeepsLargerEntries, "keeps an entry that is larger than the invalidated range",
            "any, most easily 4.15 to 6.5",
            "a 2 MiB entry survives the 4 KiB invalidation of a page that was replaced: stale read"),
        new("B13", IgnoresEveryOwner, "ignores migration and exclusive access of every owner",
            "5.9 and later",
            "another device's migration leaves its entry: stale read"),
        new("B14", LastPageLeftOut, "leaves the last page of its interval out",
            "5.5 and later",
            "an unmap of the last page is not told: stale read of a page that was freed"),
        new("B15", SequenceOnlyWhenDropped, "sets the sequence only when something was dropped",
            "5.5 and later",
            "a reader that has looked up the old page passes the test: stale read"),
        new("B16", RetryTestOutsideLock, "tests for retry outside of its lock",
            "5.5 and later",
            "an invalidation between test and install finds nothing to drop: stale read"),
        new("B17", BlocksInNonBlockable, "waits for its lock in a range that is not blockable",
            "4.19 and later",
            "the OOM reaper waits for the victim that waits for memory: no progress"),
        new("B18", ClaimsNotToBlock, "claims that its callbacks do not block, and blocks",
            "4.16 to 4.18",
            "as B17; one notifier of the mm that does not claim it keeps the reaper away"),
        new("B19", ReleaseKeepsEntries, "does not stop the device in release",
            "any",
            "no invalidation follows release: the device reads pages of a process that has ended"),
        new("B20", NotTold, "relies on announcements where the kernel makes none",
            "4.12 and 4.13: OOM reaper; before 6.1: collapse of files",
            "the entry stays: stale read of a page that was freed"),
        new("B21", FreedWithoutWait, "is freed without a wait for running callbacks",
            "before 5.4",
            "a callback of an object that is gone"),
        new("B22", IntervalStaysCounted, "refuses on the list after an interval went well",
            "5.5 to 6.18, with both kinds on one mm",
            "the interval stays in collision: a reader waits for ever"),
        new("L22", KeepsLateFill, "keeps a fill that was under way when its range was invalidated",
            "any",
            "the walk's answer comes after the invalidation has ended: read of a page that was freed"),
    ];

    /// <summary>The description of a mistake.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static ClientFaultDescription Get(ClientFault fault) =>
        All.FirstOrDefault(known => known.Fault == fault)
        ?? throw new ArgumentException($"{fault} is no mistake", nameof(fault));

    /// <summary>The mistake of that id, or null.</summary>
    public static ClientFaultDescription? Find(string id) => All.FirstOrDefault(known => known.Id == id);
}
