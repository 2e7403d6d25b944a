using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>An interval notifier that writes down what it is told.</summary>
internal sealed class TraceIntervalRecorder(TraceRecorder recorder, int index) : IIntervalClient
{
    public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
    {
        IntervalNotifiers.SetSequence(interval, sequence);
        recorder.AddInterval(range, index);
        return true;
    }
}
