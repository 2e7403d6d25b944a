namespace HilBench.Links;

/// <summary>
/// One end of a link, without a carrier and without a clock: bytes go in, bytes to be sent come out, time is handed in.
/// Source: docs/protocol.md; the C core (firmware/core) and the shim do the same.
/// </summary>
public sealed partial class LinkEngine
{
    private const long HelloUs = 100_000;
    private const long LiveUs = 1_000_000;
    private const long MostBehindUs = 100_000; // SEQ-11
    private const long MostBehindBytes = 4096;

    private readonly LinkRole _role;
    private readonly LinkSettings _settings;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer = new();
    private readonly SendWindow _send;
    private readonly ReceiveWindow _receive;
    private readonly byte[] _wire = new byte[LinkLimits.MaxWire];
    private readonly byte[] _request = new byte[LinkLimits.MaxRequest];
    private readonly byte[] _reply = new byte[LinkLimits.MaxReply];
    private readonly byte[] _scratch = new byte[LinkLimits.MaxReply];
    private ResendTimer _sendTimer;
    private Due _due;
    private ushort _session;
    private byte _grantSent;
    private byte _tag;
    private int _requestLength;
    private int _replyLength;
    private Control _control;

    /// <summary>Makes an end that has no session.</summary>
    public LinkEngine(LinkRole role, LinkSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(role == LinkRole.Board, settings.Board is not null);
        _role = role;
        _settings = settings;
        _reader = new FrameReader(settings.LongestPayload);
        _send = new SendWindow(settings.SendMessages, settings.ByteNs);
        _receive = new ReceiveWindow(settings.ReceiveFrames);
        _sendTimer = new ResendTimer(settings.ResendUs);
        _requestTimer = new ResendTimer(settings.ResendUs);
    }

    /// <summary>How far the session is.</summary>
    public LinkState State { get; private set; }

    /// <summary>What it has seen.</summary>
    public LinkCounters Counters { get; } = new();

    /// <summary>Bytes of payload that the other side takes; known when <see cref="State"/> is Open.</summary>
    public int PeerPayload { get; private set; }

    /// <summary>When the last frame of the session was heard, microseconds.</summary>
    public long LastHeardUs { get; private set; }

    /// <summary>Stream messages for which there is room.</summary>
    public int Room => _send.Room;

    /// <summary>Whether every message sent was acknowledged.</summary>
    public bool IsAllAcknowledged => _send.IsEmpty;

    /// <summary>When something is due by time, microseconds; <see cref="long.MaxValue"/> for nothing.</summary>
    public long NextTimerUs
    {
        get
        {
            if (State == LinkState.Opening)
            {
                return _helloAtUs;
            }

            return State == LinkState.Open ? Math.Min(_sendTimer.DueUs, _requestTimer.DueUs) : long.MaxValue;
        }
    }

    /// <summary>Bytes came in.</summary>
    public void Receive(ReadOnlySpan<byte> bytes, long nowUs)
    {
        Counters.BytesIn += bytes.Length;
        while (_reader.TryRead(ref bytes, out var isGood, out var header, out var payload))
        {
            if (!isGood)
            {
                Counters.BrokenFrames++;
                _due |= State == LinkState.Open ? Due.Nak : Due.None;
                continue;
            }

            Counters.Frames++;
            if (header.Session == 0)
            {
                continue;
            }

            if (_role == LinkRole.Host)
            {
                ReceiveAtHost(header, payload, nowUs);
            }
            else
            {
                ReceiveAtBoard(header, payload, nowUs);
            }
        }
    }

    /// <summary>Makes the next frame that is due.</summary>
    /// <param name="nowUs">The time, microseconds; never goes back.</param>
    /// <param name="wire">Its bytes; valid until the next call.</param>
    /// <returns>False when nothing is due.</returns>
    public bool TryTransmit(long nowUs, out ReadOnlySpan<byte> wire)
    {
        Tick(nowUs);
        var length = Next(nowUs);
        Counters.BytesOut += length;
        wire = _wire.AsSpan(0, length);
        return length > 0;
    }

    /// <summary>Queues a stream message.</summary>
    /// <param name="kind">A kind of stream frame.</param>
    /// <param name="head">The payload's first part.</param>
    /// <param name="body">The rest; both together at most <see cref="PeerPayload"/> bytes.</param>
    /// <returns>False when there is no room now. Without a session the message is dropped, and that is true.</returns>
    public bool TrySend(FrameKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((byte)kind, (byte)FrameKind.Tlp, nameof(kind));
        if (State is LinkState.Closed or LinkState.Opening)
        {
            Counters.Dropped++;
            return true;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(head.Length + body.Length, PeerPayload, nameof(head));
        if (!_send.HasRoom)
        {
            return false;
        }

        _send.Add(kind, head, body);
        return true;
    }

    /// <summary>Whether a stream message is there.</summary>
    public bool HasMessage => !_receive.IsEmpty;

    /// <summary>The first stream message; <see cref="HasMessage"/> must hold. Valid until <see cref="RemoveMessage"/>.</summary>
    public ReadOnlySpan<byte> FirstMessage(out FrameKind kind) => _receive.First(out kind);

    /// <summary>Removes the first stream message: room for another one is granted.</summary>
    public void RemoveMessage()
    {
        _receive.RemoveFirst();
        if (!Sequence.IsAhead(_grantSent, _receive.Expected))
        {
            _due |= Due.Ack;
        }
    }

    /// <summary>Ends the session: BYE is the last frame.</summary>
    public void Close()
    {
        if (State == LinkState.Closed)
        {
            return;
        }

        Forget();
        _due = Due.Bye;
    }

    private void Forget()
    {
        State = LinkState.Closed;
        _due &= Due.Refuse | Due.Gone;
        _send.Clear(grant: 0);
        _sendTimer.Reset();
        _requestTimer.Reset();
        _control = Control.Idle;
        _tag = 0;
        if (_role == LinkRole.Board)
        {
            _receive.Clear();
        }
    }

    private void ReceiveInSession(in FrameHeader header, ReadOnlySpan<byte> payload, long nowUs)
    {
        LastHeardUs = nowUs;
        if (_send.Acknowledge(header.Ack) | (_send.Grant(header.Grant) && _send.Unacknowledged == 0))
        {
            _sendTimer.Reset();
        }

        switch (header.Kind)
        {
            case FrameKind.Nak:
                _send.GoBack();
                if (_send.Unacknowledged > 0)
                {
                    _sendTimer.Start(nowUs, WireUs(_send.UnacknowledgedBytes));
                }

                RepeatControl();
                break;
            case FrameKind.Poll:
                _due |= Due.Ack;
                break;
            case FrameKind.Bye:
                End(SessionEnd.Ended);
                break;
            case FrameKind.Request:
                TakeRequest(header.Number, payload);
                break;
            case FrameKind.Reply or FrameKind.Working:
                TakeReply(header, payload);
                break;
            default:
                if (header.IsStream)
                {
                    TakeMessage(header, payload);
                }

                break;
        }
    }

    private void TakeMessage(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (_receive.Receive(header.Number, header.Kind, payload))
        {
            case ReceiveWindow.Arrival.Taken:
                _due |= Due.Ack;
                break;
            case ReceiveWindow.Arrival.Unknown:
                Counters.Dropped++;
                _due |= Due.Ack;
                break;
            case ReceiveWindow.Arrival.Repetition:
                Counters.Repetitions++;
                _due |= Due.Ack;
                break;
            case ReceiveWindow.Arrival.Gap:
                _due |= Due.Nak;
                break;
            default:
                break;
        }
    }

    private void Tick(long nowUs)
    {
        if (State == LinkState.Opening)
        {
            TickOpening(nowUs);
        }

        if (State != LinkState.Open)
        {
            return;
        }

        if (nowUs >= _requestTimer.DueUs)
        {
            _due |= Due.Request;
            _requestTimer.Double();
            _requestTimer.Start(nowUs, RequestUs);
        }

        var isNobodyThere = _role == LinkRole.Board && nowUs - LastHeardUs >= LiveUs;
        if (nowUs >= _sendTimer.DueUs && !isNobodyThere)
        {
            _send.GoBack();
            _due |= _send.Unacknowledged == 0 ? Due.Poll : Due.None;
            _sendTimer.Double();
            _sendTimer.Start(nowUs, WireUs(_send.UnacknowledgedBytes));
        }

        RunSendTimer(nowUs);
    }

    // It runs while a frame is not acknowledged, or a message waits for a grant.
    private void RunSendTimer(long nowUs)
    {
        if (_send.Unacknowledged == 0 && (!_send.HasUnsent || _send.CanSend))
        {
            _sendTimer.Reset();
        }
        else if (!_sendTimer.IsRunning)
        {
            _sendTimer.Start(nowUs, WireUs(_send.UnacknowledgedBytes));
        }
    }

    // A request, its reply, and the stream in front of it.
    private long RequestUs => WireUs(_send.UnacknowledgedBytes + _requestLength + LinkLimits.MaxReply + (2 * LinkLimits.WireOverhead));

    /// <summary>What bytes take on the carrier, and half of what the other side may have sent before its answer.</summary>
    private long WireUs(long bytes) =>
        ((bytes * _settings.ByteNs) + Math.Min(MostBehindUs * 1000, MostBehindBytes * _settings.ByteNs) / 2) / 1000;

    private int Next(long nowUs)
    {
        if ((_due & Due.OfSession) != 0)
        {
            return NextOfSession(nowUs);
        }

        if (State != LinkState.Open)
        {
            return 0;
        }

        if (Takes(Due.Nak))
        {
            Counters.Naks++;
            return Write(FrameKind.Nak, 0, []);
        }

        if (Takes(Due.Request))
        {
            return Write(FrameKind.Request, _tag, _request.AsSpan(0, _requestLength));
        }

        if (Takes(Due.Reply))
        {
            return Write(FrameKind.Reply, _tag, _reply.AsSpan(0, _replyLength));
        }

        if (Takes(Due.Working))
        {
            return Write(FrameKind.Working, _tag, _request.AsSpan(0, Math.Min(1, _requestLength)));
        }

        if (_send.CanSend)
        {
            var payload = _send.Next(out var kind, out var number, out var isRepetition);
            Counters.Repeated += isRepetition ? 1 : 0;
            var length = Write(kind, number, payload);
            RunSendTimer(nowUs);
            return length;
        }

        return Takes(Due.Poll) ? Write(FrameKind.Poll, 0, [])
            : Takes(Due.Ack) ? Write(FrameKind.Ack, 0, [])
            : 0;
    }

    private bool Takes(Due due)
    {
        if ((_due & due) == 0)
        {
            return false;
        }

        _due &= ~due;
        return true;
    }

    /// <summary>A frame of the session.</summary>
    private int Write(FrameKind kind, byte number, ReadOnlySpan<byte> payload)
    {
        _grantSent = _receive.Grant;
        _due &= ~Due.Ack;
        return _writer.Write(new(kind, number, _receive.Expected, _grantSent, _session), payload, _wire);
    }

    /// <summary>Frames that are due, one bit for each kind: LNK-4.</summary>
    [Flags]
    private enum Due
    {
        None = 0,
        Hello = 1 << 0,
        Welcome = 1 << 1,
        Refuse = 1 << 2,
        Gone = 1 << 3,
        Bye = 1 << 4,
        OfSession = Hello | Welcome | Refuse | Gone | Bye,
        Nak = 1 << 5,
        Request = 1 << 6,
        Reply = 1 << 7,
        Working = 1 << 8,
        Poll = 1 << 9,
        Ack = 1 << 10,
    }

    /// <summary>The request under way.</summary>
    private enum Control
    {
        /// <summary>None since the session began.</summary>
        Idle,

        /// <summary>At a board: it came in, its user has not seen it.</summary>
        Waiting,

        /// <summary>At a host: not answered. At a board: its user works on it.</summary>
        UnderWay,

        /// <summary>Answered; at a host its user has not seen the reply.</summary>
        Answered,

        /// <summary>At a host: its user has the reply.</summary>
        Done,
    }
}
