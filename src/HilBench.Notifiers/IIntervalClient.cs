namespace HilBench.Notifiers;

/// <summary>The owner of an interval notifier: <c>struct mmu_interval_notifier_ops</c>.</summary>
public interface IIntervalClient
{
    /// <summary>
    /// False while the callback that the asking CPU made has not returned; see <see cref="INotifierClient.IsSettled"/>.
    /// </summary>
    bool IsSettled => true;

    /// <summary>Where the callback stands while <see cref="IsSettled"/> is false.</summary>
    PreemptionPoint PendingPoint => new(PreemptionKind.WaitForDevice, "mn_itree_invalidate");

    /// <summary>
    /// A range that overlaps the interval is about to be invalidated. The client takes its own lock, calls
    /// <see cref="IntervalNotifiers.SetSequence"/> with <paramref name="sequence"/>, and drops its entries.
    /// </summary>
    /// <returns>True: done. False, only when the range is not blockable: it would have had to sleep.</returns>
    bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence);
}
