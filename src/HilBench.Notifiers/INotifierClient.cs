namespace HilBench.Notifiers;

/// <summary>
/// A subscriber of one mm: a secondary MMU (start/end) or a secondary TLB (<see cref="InvalidateSecondaryTlb"/>).
/// A callback never blocks: a client that must wait for its device says so by <see cref="IsSettled"/>, and the engine
/// yields <see cref="PreemptionKind.WaitForDevice"/> until it is settled, also under the page-table lock.
/// </summary>
public interface INotifierClient
{
    /// <summary>The callbacks that this client has. Does not change while it is registered.</summary>
    NotifierCallbacks Callbacks { get; }

    /// <summary>
    /// Whether the client declares that its callbacks never block; only the OOM reaper of 4.16 to 4.18 asks.
    /// </summary>
    /// <remarks>Models <c>MMU_INVALIDATE_DOES_NOT_BLOCK</c>.</remarks>
    bool DoesNotBlock => false;

    /// <summary>
    /// False while the callback that the asking CPU made (<see cref="NotifierValidator.Caller"/>) has not returned: it
    /// waits for the device or a lock, or was preempted. Asking lets the callback go on.
    /// </summary>
    bool IsSettled => true;

    /// <summary>Where the callback stands while <see cref="IsSettled"/> is false.</summary>
    PreemptionPoint PendingPoint => new(PreemptionKind.WaitForDevice, "mmu_notifier");

    /// <summary><c>invalidate_range_start</c>: 0, or -EAGAIN (-11) when the range is not blockable.</summary>
    int InvalidateRangeStart(in NotifierRange range) => 0;

    /// <summary>
    /// <c>invalidate_range</c> up to 6.5, <c>arch_invalidate_secondary_tlbs</c> from 6.6: the secondary TLB must hold
    /// nothing of [<paramref name="start"/>, <paramref name="end"/>) when the client is settled. The end may be ~0.
    /// </summary>
    void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end)
    {
    }

    /// <summary>
    /// <c>invalidate_page</c>, up to 4.12: the client must hold nothing of one 4 KiB page, even when the page was mapped
    /// by a larger entry. The page-table lock is held, except for DAX.
    /// </summary>
    void InvalidatePage(VirtualAddress address)
    {
    }

    /// <summary><c>invalidate_range_end</c>.</summary>
    void InvalidateRangeEnd(in NotifierRange range)
    {
    }

    /// <summary><c>release</c>: the mm goes away; no callback follows.</summary>
    void Release()
    {
    }

    /// <summary><c>change_pte</c>: <paramref name="entry"/> is about to be set, in x86-64 PTE bits.</summary>
    void ChangePte(VirtualAddress address, ulong entry)
    {
    }

    /// <summary>
    /// <c>clear_flush_young</c>: whether the range was used since the last time; the client flushes its own entries.
    /// </summary>
    bool ClearFlushYoung(VirtualAddress start, VirtualAddress end) => false;

    /// <summary><c>clear_young</c>: as <see cref="ClearFlushYoung"/>, without the duty to flush.</summary>
    bool ClearYoung(VirtualAddress start, VirtualAddress end) => false;

    /// <summary><c>test_young</c>: whether the page was used.</summary>
    bool TestYoung(VirtualAddress address) => false;
}
