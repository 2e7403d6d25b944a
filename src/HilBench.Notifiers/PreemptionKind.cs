namespace HilBench.Notifiers;

/// <summary>Where a CPU-side operation stands when it lets others run.</summary>
public enum PreemptionKind : byte
{
    /// <summary>Any other point.</summary>
    None = 0,

    /// <summary>A lock was taken.</summary>
    LockTaken,

    /// <summary>A lock was dropped.</summary>
    LockDropped,

    /// <summary>A lock is held by someone else; the operation tries again when it runs next.</summary>
    LockWait,

    /// <summary>A page-table entry has changed.</summary>
    EntryChanged,

    /// <summary>A CPU TLB flush has completed.</summary>
    CpuTlbFlushed,

    /// <summary>A notifier callback is about to run.</summary>
    BeforeNotifier,

    /// <summary>A notifier callback has returned and its client is settled.</summary>
    AfterNotifier,

    /// <summary>A client still waits for its device; nothing but the device can help.</summary>
    WaitForDevice,

    /// <summary>The gather is about to flush.</summary>
    BeforeGatherFlush,

    /// <summary>Pages are about to go back to the free list.</summary>
    BeforeFree,

    /// <summary>The contents of a page were copied.</summary>
    PageCopied,

    /// <summary>A CPU access is about to use its translation.</summary>
    BeforeAccess,

    /// <summary>Waits for other readers of the subscription list (SRCU).</summary>
    SynchronizeWait,

    /// <summary>A subscriber's own code, in its fault path or in a callback, has taken a step; the site names it.</summary>
    ClientStep,
}
