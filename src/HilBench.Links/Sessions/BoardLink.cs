using HilBench.Journal;

namespace HilBench.Links;

/// <summary>The board's end of a link over a carrier: for simulated boards.</summary>
public sealed class BoardLink
{
    private readonly ICarrier _carrier;
    private readonly LinkSettings _settings;
    private readonly TimeProvider _time;
    private LinkEngine _engine;
    private LinkPump _pump;
    private long _startedUs;
    private long _sessionsBefore;

    /// <summary>Makes an end that waits for a host.</summary>
    /// <param name="carrier">Not owned.</param>
    /// <param name="settings">This end's decisions, with <see cref="LinkSettings.Board"/>.</param>
    /// <param name="time">The clock; the board starts now.</param>
    public BoardLink(ICarrier carrier, LinkSettings settings, TimeProvider time)
    {
        (_carrier, _settings, _time) = (carrier, settings, time);
        _engine = new LinkEngine(LinkRole.Board, settings);
        _pump = new LinkPump(_engine, carrier, time);
    }

    /// <summary>How many sessions were opened, of all starts of the board.</summary>
    public long SessionNumber => _sessionsBefore + _engine.SessionNumber;

    /// <summary>What this end has seen.</summary>
    public LinkCounters Counters => _engine.Counters;

    /// <summary>Bytes of payload that the host takes.</summary>
    public int LongestPayload => _engine.PeerPayload;

    /// <summary>Milliseconds since the board started, or started anew.</summary>
    public uint UptimeMs => (uint)(_pump.NowUs / 1000);

    /// <summary>When something is due by time, on the clock that <see cref="NowUs"/> shows.</summary>
    public long NextTimerUs => _engine.NextTimerUs == long.MaxValue ? long.MaxValue : _startedUs + _engine.NextTimerUs;

    /// <summary>Microseconds since this was made; a restart does not set it back.</summary>
    public long NowUs => _startedUs + _pump.NowUs;

    /// <summary>Whether a stream message is there.</summary>
    public bool HasMessage => _engine.HasMessage;

    /// <summary>Waits for bytes, until something is due by time, or the deadline.</summary>
    /// <exception cref="BenchException">Cable: the host's end is gone.</exception>
    public void Receive(Deadline deadline) => _pump.Receive(deadline);

    /// <summary>Sends what is due.</summary>
    /// <exception cref="BenchException">Cable: the host's end is gone.</exception>
    public void Transmit() => _pump.Transmit();

    /// <summary>The first stream message; valid until <see cref="RemoveMessage"/>.</summary>
    public ReadOnlySpan<byte> FirstMessage(out FrameKind kind) => _engine.FirstMessage(out kind);

    /// <summary>Removes the first stream message.</summary>
    public void RemoveMessage() => _engine.RemoveMessage();

    /// <summary>Queues a stream message. False when there is no room now.</summary>
    public bool TrySend(FrameKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body = default) =>
        _engine.TrySend(kind, head, body);

    /// <summary>The board starts anew: the session and everything else is forgotten, and its uptime begins.</summary>
    /// <param name="saysBye">Whether it says so before.</param>
    /// <exception cref="BenchException">Cable: the host's end is gone.</exception>
    public void Restart(bool saysBye)
    {
        if (saysBye)
        {
            _engine.Close();
            _pump.Transmit();
        }

        (_startedUs, _sessionsBefore) = (NowUs, SessionNumber);
        _engine = new LinkEngine(LinkRole.Board, _settings);
        _pump = new LinkPump(_engine, _carrier, _time);
    }

    /// <summary>Takes a request that came in; it is valid until <see cref="Reply"/>.</summary>
    public bool TryTakeRequest(out ReadOnlySpan<byte> payload) => _engine.TryTakeRequest(out payload);

    /// <summary>Answers the request that was taken.</summary>
    public void Reply(ReadOnlySpan<byte> payload) => _engine.Reply(payload);
}
