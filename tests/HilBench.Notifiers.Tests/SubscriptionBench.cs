using HilBench.Journal;

namespace HilBench.Notifiers.Tests;

/// <summary>One mm's subscriptions with a CPU context that holds the mmap lock.</summary>
internal sealed class SubscriptionBench
{
    public const NotifierCallbacks StartEnd =
        NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd;

    public SubscriptionBench(KernelProfile profile)
    {
        Journal = new EventJournal(new StillClock(), 8);
        Validator = new NotifierValidator(Journal);
        Subscriptions = new NotifierSubscriptions(1, profile, Journal, Validator);
    }

    public EventJournal Journal { get; }

    public NotifierValidator Validator { get; }

    public NotifierSubscriptions Subscriptions { get; }

    public CpuContext Cpu { get; } = new(7) { HoldsMmapLock = true };

    public List<string> Calls { get; } = [];

    public IEnumerable<NotifierRule> Rules => Validator.Findings.Select(finding => finding.Rule);

    public static NotifierRange Range(bool isBlockable = true) =>
        new(new(0x1000), new(0x3000), NotifierEvent.Clear, isBlockable, Owner: 0);

    public RecordingClient Add(string name, NotifierCallbacks callbacks)
    {
        var client = new RecordingClient(name, Calls, callbacks);
        Subscriptions.Register(client);
        return client;
    }

    /// <summary>Runs an iterator to its end and counts the points of one kind.</summary>
    public static int Run(IEnumerable<PreemptionPoint> points, PreemptionKind kind = PreemptionKind.WaitForDevice) =>
        points.Count(point => point.Kind == kind);
}
