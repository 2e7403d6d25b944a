namespace HilBench.Notifiers;

/// <summary>The owner of an interval notifier: <c>struct mmu_interval_notifier_ops</c>.</summary>
public interface IIntervalClient
{
    /// <summary>False while the last callback still waits for the device.</summary>
    bool IsSettled => true;

    /// <summary>
    /// A range that overlaps the interval is about to be invalidated. The client takes its own lock, calls
    /// <see cref="IntervalNotifiers.SetSequence"/> with <paramref name="sequence"/>, and drops its entries.
    /// </summary>
    /// <returns>True: done. False, only when the range is not blockable: it would have had to sleep.</returns>
    bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence);
}
