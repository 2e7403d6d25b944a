using System.Globalization;
using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>The callbacks that the named clients of a litmus test get, in their order, from the end of the initial state on.</summary>
internal sealed class LitmusCalls : IJournalObserver
{
    private readonly List<(uint MmId, bool IsInterval, uint Index, string Name)> _clients = [];
    private readonly List<(string Client, NotifierCallback Callback)> _calls = [];

    /// <summary>All of them: "N3.start N2.start N3.end".</summary>
    public string All => $"\"{string.Join(' ', _calls.Select(call => $"{call.Client}.{InWords(call.Callback)}"))}\"";

    /// <summary>A client was registered: the list notifiers and intervals from these numbers on are its own.</summary>
    public void Name(uint mmId, NotifierSubscriptions notifiers, uint list, uint intervals, string name)
    {
        for (; list < notifiers.Registrations; list++)
        {
            _clients.Add((mmId, false, list, name));
        }

        for (; intervals < notifiers.Intervals.Insertions; intervals++)
        {
            _clients.Add((mmId, true, intervals, name));
        }
    }

    /// <summary>What was called so far does not count.</summary>
    public void Clear() => _calls.Clear();

    /// <summary>The value of "client.calls", "client.starts" or "client.ends".</summary>
    public string Of(string term)
    {
        var dot = term.IndexOf('.', StringComparison.Ordinal);
        var calls = _calls.Where(call => call.Client == term[..dot]).Select(call => call.Callback).ToList();
        return term[(dot + 1)..] switch
        {
            "starts" => Count(calls, NotifierCallback.InvalidateRangeStart, NotifierCallback.IntervalInvalidate),
            "ends" => Count(calls, NotifierCallback.InvalidateRangeEnd),
            _ => $"\"{string.Join(' ', calls.Select(InWords))}\"",
        };
    }

    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind != JournalKind.NotifierCall)
        {
            return;
        }

        var call = MemoryMarshal.Read<NotifierCallRecord>(payload);
        foreach (var (mmId, isInterval, index, name) in _clients)
        {
            if (mmId == call.MmId && index == call.ClientIndex && isInterval == (call.Callback == NotifierCallback.IntervalInvalidate))
            {
                _calls.Add((name, call.Callback));
            }
        }
    }

    private static string Count(List<NotifierCallback> calls, params ReadOnlySpan<NotifierCallback> wanted)
    {
        var count = 0;
        foreach (var call in calls)
        {
            count += wanted.Contains(call) ? 1 : 0;
        }

        return count.ToString(CultureInfo.InvariantCulture);
    }

    private static string InWords(NotifierCallback callback) => callback switch
    {
        NotifierCallback.InvalidateRangeStart => "start",
        NotifierCallback.InvalidateRangeEnd => "end",
        NotifierCallback.InvalidateSecondaryTlb => "tlb",
        NotifierCallback.InvalidatePage => "page",
        NotifierCallback.IntervalInvalidate => "invalidate",
        NotifierCallback.Release => "release",
        NotifierCallback.ChangePte => "change-pte",
        _ => "young",
    };
}
