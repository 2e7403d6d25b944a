using static HilBench.Clients.ClientFault;

namespace HilBench.Clients;

/// <summary>All archetypes of subscribers. docs/clients.md is made of it.</summary>
public static class ClientCatalogue
{
    /// <summary>Every archetype.</summary>
    public static IReadOnlyList<ClientDescription> All { get; } =
    [
        new("sequence-count", ClientKind.SequenceCount,
            "A secondary MMU that counts active ranges and raises a sequence at each end, under one lock.",
            "C1 KVM; C2 umem_odp up to 5.4",
            [UncountsBeforeSequence, SequenceAfterLookup, PagesForBytes, StartNotAligned, OnePageOfHugePage,
                SecondaryTlbCallbackOnly, ClaimsNotToBlock, NotTold, FreedWithoutWait]),
        new("interval-tree", ClientKind.IntervalTree,
            "A secondary MMU with one interval notifier and the collision-retry protocol.",
            "C2 umem_odp, C6 amdgpu, C7 radeon, C8 i915 from 5.5 on; C16 test_hmm",
            [LastPageLeftOut, SequenceOnlyWhenDropped, RetryTestOutsideLock, BlocksInNonBlockable]),
        new("secondary-tlb", ClientKind.SecondaryTlb,
            "A cache of CPU page-table entries: the secondary-TLB callback only, and release.",
            "C3 AMD IOMMUv2; C4 Intel SVM; C5 NPU, ocxl, SMMUv3",
            [SleepsUnderPageTableLock, InvalidatesAfterLock, KeepsLargerEntries, ReleaseKeepsEntries, KeepsLateFill]),
        new("start-only", ClientKind.StartOnly,
            "A secondary MMU with start on the list; correct with an interval for each fault.",
            "C9 nouveau; C6 amdgpu, C7 radeon, C8 i915 of 4.12",
            [NoRetry, NoPageReference, IntervalStaysCounted]),
        new("pinning", ClientKind.Pinning,
            "As start-only, and every page that it has mapped is held by a reference.",
            "C10 hfi1",
            [NoRetry]),
        new("hmm-mirror", ClientKind.HmmMirror,
            "An interval notifier that ignores the migrations and exclusive accesses of its own owner.",
            "C15 HMM mirror; C9 nouveau from 5.5 on",
            [IgnoresEveryOwner, SequenceOnlyWhenDropped, RetryTestOutsideLock]),
        new("range-count", ClientKind.RangeCount,
            "A translation cache with a software miss handler that waits while a range is active.",
            "C12 sgi-gru",
            [NoRetry]),
        new("lock-holding", ClientKind.LockHolding,
            "A secondary MMU whose start takes a read lock that end drops.",
            "C6 amdgpu from 4.19 to 5.4",
            [EndsWhatFailed, BlocksInNonBlockable]),
        new("window-unmap", ClientKind.WindowUnmap,
            "Fixed windows that the first invalidation destroys.",
            "C11 scif; C13 gntdev",
            [LastPageLeftOut]),
        new("alias", ClientKind.Alias,
            "The kernel's own alias of a user page, with a count of active ranges.",
            "C14 vhost",
            [NoRetry]),
    ];

    /// <summary>The description of an archetype.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ClientDescription Get(ClientKind kind) =>
        All.FirstOrDefault(known => known.Kind == kind)
        ?? throw new ArgumentException($"there is no archetype {kind}", nameof(kind));

    /// <summary>The archetype of that id, or null.</summary>
    public static ClientDescription? Find(string id) => All.FirstOrDefault(known => known.Id == id);
}
