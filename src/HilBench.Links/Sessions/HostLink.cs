using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// The host's end of a link over a carrier. Nothing waits without an end; what goes wrong is a <see cref="BenchException"/>
/// that names the first layer that fails. Source: docs/protocol.md, "Deadlines and errors of the host".
/// </summary>
public sealed class HostLink : IDisposable
{
    private static readonly TimeSpan _pollAfter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _lostAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _openWithin = TimeSpan.FromSeconds(3);

    private readonly ICarrier _carrier;
    private readonly TimeProvider _time;
    private readonly LinkEngine _engine;
    private readonly LinkPump _pump;
    private ushort _session;
    private long _watchedFromUs;
    private long _askedAtUs;
    private BenchException? _lost;
    private bool _isDisposed;

    /// <summary>Makes a link that has no session.</summary>
    /// <param name="carrier">Owned: disposed with the link.</param>
    /// <param name="settings">This end's decisions.</param>
    /// <param name="time">The clock.</param>
    /// <param name="session">The number of the first session, not 0; the others follow it.</param>
    public HostLink(ICarrier carrier, LinkSettings settings, TimeProvider time, ushort session)
    {
        ArgumentOutOfRangeException.ThrowIfZero(session);
        _carrier = carrier;
        _time = time;
        _session = session;
        _engine = new LinkEngine(LinkRole.Host, settings);
        _pump = new LinkPump(_engine, carrier, time);
    }

    /// <summary>What the board says of itself; there must be a session.</summary>
    public BoardIdentity Board => _engine.Peer ?? throw new InvalidOperationException("no session was opened");

    /// <summary>What this end has seen.</summary>
    public LinkCounters Counters => _engine.Counters;

    /// <summary>The carrier's name, for messages.</summary>
    public string Name => _carrier.Name;

    /// <summary>Whether the link failed: all that follows fails in the same way.</summary>
    public bool IsLost => _lost is not null;

    /// <summary>Why there is no session any more.</summary>
    public SessionEnd EndedBy => _engine.EndedBy;

    /// <summary>Stream messages for which there is room now.</summary>
    public int Room => _engine.Room;

    /// <summary>Bytes of the longest payload that the board takes.</summary>
    public int LongestPayload => _engine.PeerPayload;

    /// <summary>Whether every message sent was acknowledged.</summary>
    public bool IsAllAcknowledged => _engine.IsAllAcknowledged;

    /// <summary>Opens a session.</summary>
    /// <exception cref="BenchException">
    /// Cable: the carrier is gone. Bridge: nothing answers. Link: no common version, another host, or noise only.
    /// </exception>
    public void Open()
    {
        Guarded(() =>
        {
            _lost = null;
            _engine.Open(_session, _pump.NowUs);
            _session = _session == ushort.MaxValue ? (ushort)1 : (ushort)(_session + 1);
            var bytesBefore = Counters.BytesIn;
            var deadline = Deadline.After(_time, _openWithin);
            while (_engine.State == LinkState.Opening && !deadline.HasPassed)
            {
                _pump.Transmit();
                _pump.Receive(deadline);
            }

            if (_engine.State != LinkState.Open)
            {
                throw NotOpened(Counters.BytesIn - bytesBefore);
            }

            _pump.Transmit();
        });
    }

    /// <summary>Queues a stream message; it is sent with the next wait.</summary>
    /// <returns>False when there is no room now.</returns>
    public bool TrySend(FrameKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body = default)
    {
        ThrowIfLost();
        return _engine.TrySend(kind, head, body);
    }

    /// <summary>Whether a stream message is there.</summary>
    public bool HasMessage => _engine.HasMessage;

    /// <summary>The first stream message; valid until <see cref="RemoveMessage"/>.</summary>
    public ReadOnlySpan<byte> FirstMessage(out FrameKind kind) => _engine.FirstMessage(out kind);

    /// <summary>Removes the first stream message.</summary>
    public void RemoveMessage() => _engine.RemoveMessage();

    /// <summary>Sends a request; the reply comes in one of the next waits. There must be no request under way.</summary>
    public void BeginRequest(ReadOnlySpan<byte> payload)
    {
        ThrowIfLost();
        _engine.Request(payload, _pump.NowUs);
    }

    /// <summary>Takes the reply to the last request.</summary>
    /// <param name="results">What follows operation and status; valid until the next request.</param>
    /// <returns>False when it is not there.</returns>
    /// <exception cref="BenchException">Board: the request failed; when nothing is behind a bridge, so does all that follows.</exception>
    public bool TryTakeReply(out ReadOnlySpan<byte> results)
    {
        results = default;
        if (!_engine.TryTakeReply(out var reply))
        {
            return false;
        }

        var isAlone = (ReplyStatus)reply[1] == ReplyStatus.NothingBehind;
        try
        {
            ReplyFailure.ThrowIfFailed(Name, reply);
        }
        catch (BenchException nothing) when (isAlone)
        {
            // Nothing that is asked in this session will do better; without this a run would go on from error to error.
            throw GiveUp(nothing);
        }

        results = reply[2..];
        return true;
    }

    /// <summary>Sends a request and waits for the reply.</summary>
    /// <param name="payload">Operation and arguments.</param>
    /// <param name="patience">How long the board may work on it.</param>
    /// <returns>The results; valid until the next request.</returns>
    /// <exception cref="BenchException">The request failed, the link was lost, or the patience is over.</exception>
    public ReadOnlySpan<byte> Request(ReadOnlySpan<byte> payload, TimeSpan patience)
    {
        BeginRequest(payload);
        BeginWait();
        var deadline = Deadline.After(_time, patience);
        while (true)
        {
            Wait(deadline);
            if (TryTakeReply(out var results))
            {
                return results;
            }

            if (deadline.HasPassed)
            {
                throw GiveUp(new BenchException(
                    BenchLayer.Board,
                    $"{Name}: the board did not end {ReplyFailure.NameOf(payload[0])} within {patience.TotalSeconds:0.#} s",
                    "Look at the board's log, and start it again."));
            }
        }
    }

    /// <summary>Says that a wait begins: silence counts from now.</summary>
    public void BeginWait() => _watchedFromUs = _askedAtUs = _pump.NowUs;

    /// <summary>Sends what is due and waits for the next bytes: one step of a wait that began with <see cref="BeginWait"/>.</summary>
    /// <param name="deadline">When to return although nothing came.</param>
    /// <exception cref="BenchException">The link or the session was lost.</exception>
    public void Wait(Deadline deadline)
    {
        ThrowIfLost();
        try
        {
            _pump.Transmit();
            _pump.Receive(deadline.NoLaterThan(_pollAfter)); // what is due now goes with the next request
        }
        catch (BenchException e)
        {
            _lost = e;
            throw;
        }

        if (_engine.State != LinkState.Open)
        {
            throw GiveUp(SessionLost());
        }

        Watch();
    }

    /// <summary>Sends what is due and takes what is there, without waiting.</summary>
    public void Poll()
    {
        BeginWait();
        Wait(Deadline.Now);
        _pump.Transmit();
    }

    /// <summary>The user has found that nothing more can be done with the board: all that follows fails like this.</summary>
    /// <returns><paramref name="why"/>, to be thrown.</returns>
    public BenchException GiveUp(BenchException why) => _lost = why;

    /// <summary>Ends the session and gives the carrier up.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (_lost is null && _engine.State == LinkState.Open)
        {
            _engine.Close();
            try
            {
                _pump.Transmit();
            }
            catch (BenchException)
            {
                // The carrier is gone: nobody is there to be told.
            }
        }

        _carrier.Dispose();
    }

    private void Watch()
    {
        var now = _pump.NowUs;
        var silentSince = Math.Max(_watchedFromUs, _engine.LastHeardUs);
        if (now - silentSince >= _lostAfter.TotalMicroseconds)
        {
            throw GiveUp(new BenchException(
                BenchLayer.Link,
                $"{Name}: nothing was heard from the board for {_lostAfter.TotalSeconds:0} s",
                "It hangs, or the line is cut: look at its power and log, then start it again."));
        }

        if (now - Math.Max(silentSince, _askedAtUs) >= _pollAfter.TotalMicroseconds)
        {
            _askedAtUs = now;
            _engine.AskForSign();
        }
    }

    private void ThrowIfLost()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_lost is { } lost)
        {
            throw new BenchException(lost.Layer, lost.What, lost.Advice, lost);
        }
    }

    private void Guarded(Action action)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            action();
        }
        catch (BenchException e)
        {
            _lost = e;
            throw;
        }
    }

    private BenchException NotOpened(long bytes) => _engine.EndedBy switch
    {
        SessionEnd.RefusedVersion => new BenchException(
            BenchLayer.Link,
            $"{Name}: the board speaks protocol versions {_engine.PeerVersions.Lowest} to {_engine.PeerVersions.Highest}, this bench version {LinkLimits.Version}",
            "Bring the board's firmware and this bench to the same release."),
        SessionEnd.RefusedBusy => new BenchException(
            BenchLayer.Link,
            $"{Name}: the board serves another host (id {_engine.ServedHost})",
            "End the other run, or take the board over with the option take=1."),
        SessionEnd.RefusedLimits => new BenchException(
            BenchLayer.Link,
            $"{Name}: the board refuses this host's limits",
            "Bring the board's firmware and this bench to the same release."),
        _ when bytes == 0 => new BenchException(
            BenchLayer.Bridge,
            $"{Name}: not one byte came back within {_openWithin.TotalSeconds:0} s",
            "Check that the board has power, that its firmware runs, and that this is the right port."),
        _ => new BenchException(
            BenchLayer.Link,
            $"{Name}: {bytes} bytes came back, but no frame that answers",
            "Check the baud rate, and that the other side speaks the HilBench link protocol."),
    };

    private BenchException SessionLost() => _engine.EndedBy switch
    {
        SessionEnd.Restarted => new BenchException(
            BenchLayer.Board,
            $"{Name}: the board restarted {_engine.PeerUptimeMs} ms ago, in the middle of the run",
            "Look at its supply and its fault log; a watchdog may have bitten."),
        SessionEnd.Replaced => new BenchException(
            BenchLayer.Link,
            $"{Name}: another host took the board over",
            "Only one host can use a board at a time."),
        _ => new BenchException(
            BenchLayer.Board, $"{Name}: the board ended the session", "It is about to restart; try again when it is up."),
    };
}
