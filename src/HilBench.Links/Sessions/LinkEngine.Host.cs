namespace HilBench.Links;

/// <content>The host's part: it opens the session and sends requests.</content>
public sealed partial class LinkEngine
{
    private ResendTimer _requestTimer;
    private long _helloAtUs;

    /// <summary>At a host: why there is no session.</summary>
    public SessionEnd EndedBy { get; private set; }

    /// <summary>At a host: what the board said of itself in WELCOME.</summary>
    public BoardIdentity? Peer { get; private set; }

    /// <summary>At a host: the versions that a refusing board speaks.</summary>
    public (byte Lowest, byte Highest) PeerVersions { get; private set; }

    /// <summary>At a host: the id of the host that a busy board serves.</summary>
    public uint ServedHost { get; private set; }

    /// <summary>At a host: milliseconds since the board started, as GONE said.</summary>
    public uint PeerUptimeMs { get; private set; }

    /// <summary>At a host: whether a request is not answered yet.</summary>
    public bool IsRequestUnderWay => _role == LinkRole.Host && _control == Control.UnderWay;

    /// <summary>At a host: the board has said WORKING to the request under way.</summary>
    public bool IsBoardWorking { get; private set; }

    /// <summary>At a host: HELLO is sent until it is answered.</summary>
    /// <param name="session">Not 0, and not the last one used.</param>
    /// <param name="nowUs">The time, microseconds.</param>
    public void Open(ushort session, long nowUs)
    {
        ArgumentOutOfRangeException.ThrowIfZero(session);
        Forget();
        _receive.Clear();
        _due = Due.None;
        _session = session;
        _helloAtUs = nowUs;
        State = LinkState.Opening;
        EndedBy = SessionEnd.None;
        LastHeardUs = nowUs;
    }

    /// <summary>At a host: sends a request. There must be a session, and no request under way.</summary>
    /// <param name="payload">Operation and arguments, 1 to <see cref="LinkLimits.MaxRequest"/> bytes.</param>
    /// <param name="nowUs">The time, microseconds.</param>
    public void Request(ReadOnlySpan<byte> payload, long nowUs)
    {
        ArgumentOutOfRangeException.ThrowIfZero(payload.Length);
        if (State != LinkState.Open || _control is Control.UnderWay)
        {
            throw new InvalidOperationException("no session, or a request is under way");
        }

        payload.CopyTo(_request);
        _requestLength = payload.Length;
        _tag++;
        _control = Control.UnderWay;
        IsBoardWorking = false;
        _due |= Due.Request;
        _requestTimer.Reset();
        _requestTimer.Start(nowUs, RequestUs);
    }

    /// <summary>At a host: takes the reply to the last request.</summary>
    /// <param name="payload">Operation, status, results; valid until the next request.</param>
    /// <returns>False when there is none, or it was taken.</returns>
    public bool TryTakeReply(out ReadOnlySpan<byte> payload)
    {
        payload = _reply.AsSpan(0, _replyLength);
        if (_role != LinkRole.Host || _control != Control.Answered)
        {
            return false;
        }

        _control = Control.Done;
        return true;
    }

    /// <summary>Asks the other side for a sign of life.</summary>
    public void AskForSign() => _due |= State == LinkState.Open ? Due.Poll : Due.None;

    private void ReceiveAtHost(in FrameHeader header, ReadOnlySpan<byte> payload, long nowUs)
    {
        var isSessionFrame = header.Kind is FrameKind.Welcome or FrameKind.Refuse or FrameKind.Gone;
        if (header.Session != _session || State == LinkState.Closed || (State == LinkState.Opening && !isSessionFrame))
        {
            Counters.Foreign++;
            return;
        }

        switch (header.Kind)
        {
            case FrameKind.Welcome:
                TakeWelcome(header, payload, nowUs);
                break;
            case FrameKind.Refuse:
                TakeRefuse(payload);
                break;
            case FrameKind.Gone:
                TakeGone(payload);
                break;
            case FrameKind.Hello or FrameKind.Request:
                break;
            default:
                ReceiveInSession(header, payload, nowUs);
                break;
        }
    }

    private void TakeWelcome(in FrameHeader header, ReadOnlySpan<byte> payload, long nowUs)
    {
        if (State != LinkState.Opening)
        {
            return;
        }

        if (!BoardIdentity.TryRead(payload, out var identity) || payload[4] != LinkLimits.Version)
        {
            Counters.Malformed++;
            return;
        }

        Peer = identity;
        PeerPayload = identity.LongestPayload;
        State = LinkState.Open;
        EndedBy = SessionEnd.None;
        LastHeardUs = nowUs;
        _send.Clear(header.Grant);
        _due = Due.Ack;
    }

    private void TakeRefuse(ReadOnlySpan<byte> payload)
    {
        if (State != LinkState.Opening)
        {
            return;
        }

        if (!SessionMessages.IsRefuse(payload))
        {
            Counters.Malformed++;
            return;
        }

        PeerVersions = (payload[4], payload[5]);
        ServedHost = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
        if (payload[6] == SessionMessages.RefusedBusy)
        {
            EndedBy = SessionEnd.RefusedBusy;
            return;
        }

        End(payload[6] == SessionMessages.RefusedVersion ? SessionEnd.RefusedVersion : SessionEnd.RefusedLimits);
    }

    private void TakeGone(ReadOnlySpan<byte> payload)
    {
        if (State != LinkState.Open)
        {
            return;
        }

        if (payload.Length < SessionMessages.GoneBytes)
        {
            Counters.Malformed++;
            return;
        }

        PeerUptimeMs = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        End(payload[0] switch
        {
            SessionMessages.GoneRestarted => SessionEnd.Restarted,
            SessionMessages.GoneReplaced => SessionEnd.Replaced,
            _ => SessionEnd.Ended,
        });
    }

    private void TakeReply(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (_role != LinkRole.Host || _control != Control.UnderWay || header.Number != _tag)
        {
            return;
        }

        if (header.Kind == FrameKind.Working)
        {
            IsBoardWorking = true;
            return;
        }

        if (payload.Length is < 2 or > LinkLimits.MaxReply)
        {
            Counters.Malformed++;
            return;
        }

        payload.CopyTo(_reply);
        _replyLength = payload.Length;
        _control = Control.Answered;
        _requestTimer.Reset();
        _due &= ~Due.Request;
    }

    private void TickOpening(long nowUs)
    {
        if (nowUs >= _helloAtUs)
        {
            _due |= Due.Hello;
            _helloAtUs = nowUs + HelloUs;
        }
    }

    /// <summary>The other side ended the session, or did not open it.</summary>
    private void End(SessionEnd reason)
    {
        Forget();
        _due &= Due.Refuse | Due.Gone;
        EndedBy = reason;
        _goneReason = SessionMessages.GoneEnded;
    }
}
