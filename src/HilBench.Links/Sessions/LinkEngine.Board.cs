namespace HilBench.Links;

/// <content>The board's part: it answers.</content>
public sealed partial class LinkEngine
{
    private ushort _refusedSession;
    private ushort _goneSession;
    private byte _refuseReason;
    private byte _goneReason = SessionMessages.GoneRestarted;
    private uint _servedHost;

    /// <summary>At a board: takes a request that came in.</summary>
    /// <param name="payload">Operation and arguments; valid until <see cref="Reply"/>.</param>
    /// <returns>False when there is none.</returns>
    public bool TryTakeRequest(out ReadOnlySpan<byte> payload)
    {
        payload = _request.AsSpan(0, _requestLength);
        if (_role != LinkRole.Board || _control != Control.Waiting)
        {
            return false;
        }

        _control = Control.UnderWay;
        return true;
    }

    /// <summary>At a board: answers the request that was taken; when its session is gone, nobody is answered.</summary>
    /// <param name="payload">Operation, status, results: 2 to <see cref="LinkLimits.MaxReply"/> bytes.</param>
    public void Reply(ReadOnlySpan<byte> payload)
    {
        if (_control != Control.UnderWay)
        {
            return;
        }

        payload.CopyTo(_reply);
        _replyLength = payload.Length;
        _control = Control.Answered;
        _due = (_due & ~Due.Working) | Due.Reply;
    }

    private void ReceiveAtBoard(in FrameHeader header, ReadOnlySpan<byte> payload, long nowUs)
    {
        switch (header.Kind)
        {
            case FrameKind.Hello:
                TakeHello(header, payload, nowUs);
                return;
            case FrameKind.Welcome or FrameKind.Refuse or FrameKind.Gone or FrameKind.Reply or FrameKind.Working:
                return;
            default:
                break;
        }

        if (State == LinkState.Closed || header.Session != _session)
        {
            Counters.Foreign++;
            if (header.Kind != FrameKind.Bye)
            {
                _goneSession = header.Session;
                _due |= Due.Gone;
            }

            return;
        }

        State = LinkState.Open;
        ReceiveInSession(header, payload, nowUs);
    }

    private void TakeHello(in FrameHeader header, ReadOnlySpan<byte> payload, long nowUs)
    {
        if (!SessionMessages.IsHello(payload))
        {
            Counters.Malformed++;
            return;
        }

        if (!SessionMessages.HasOurVersion(payload))
        {
            Refuse(header.Session, SessionMessages.RefusedVersion, 0);
            return;
        }

        if (SessionMessages.LongestPayload(payload) < LinkLimits.MinBoardPayload)
        {
            Refuse(header.Session, SessionMessages.RefusedLimits, 0);
            return;
        }

        if (State != LinkState.Closed && header.Session == _session)
        {
            _due |= Due.Welcome;
            return;
        }

        var isLive = State == LinkState.Open && nowUs - LastHeardUs < LiveUs;
        if (isLive && !SessionMessages.TakesOver(payload))
        {
            Refuse(header.Session, SessionMessages.RefusedBusy, _servedHost);
            return;
        }

        Forget();
        _session = header.Session;
        _servedHost = SessionMessages.HostId(payload);
        PeerPayload = Math.Min(SessionMessages.LongestPayload(payload), LinkLimits.MaxPayload);
        _send.Clear(header.Grant);
        State = LinkState.Unconfirmed;
        _due |= Due.Welcome;
        SessionNumber++;
    }

    /// <summary>At a board: how many sessions were opened; a change means that the host is another, or began anew.</summary>
    public long SessionNumber { get; private set; }

    private void Refuse(ushort session, byte reason, uint served)
    {
        _refusedSession = session;
        _refuseReason = reason;
        ServedHost = served;
        _due |= Due.Refuse;
    }

    private void TakeRequest(byte tag, ReadOnlySpan<byte> payload)
    {
        if (_control != Control.Idle && tag == _tag)
        {
            _due |= _control == Control.Answered ? Due.Reply : Due.Working;
            return;
        }

        if (tag != (byte)(_tag + 1) || _control is Control.Waiting or Control.UnderWay)
        {
            return;
        }

        _tag = tag;
        _due &= ~Due.Reply;
        var isMalformed = payload.Length is 0 or > LinkLimits.MaxRequest;
        _requestLength = isMalformed ? 0 : payload.Length;
        if (!isMalformed)
        {
            payload.CopyTo(_request);
            _control = Control.Waiting;
            return;
        }

        Counters.Malformed++;
        _control = Control.UnderWay;
        Reply([payload.IsEmpty ? (byte)0 : payload[0], (byte)ReplyStatus.Malformed]);
    }

    private void RepeatControl()
    {
        if (_control == Control.UnderWay && _role == LinkRole.Host)
        {
            _due |= Due.Request;
        }
        else if (_control == Control.Answered && _role == LinkRole.Board)
        {
            _due |= Due.Reply;
        }
    }

    private int NextOfSession(long nowUs)
    {
        var uptimeMs = (uint)(nowUs / 1000);
        if (Takes(Due.Hello))
        {
            return Write(
                FrameKind.Hello, 0,
                _scratch.AsSpan(0, SessionMessages.WriteHello(
                    _scratch, _settings.HostId, _settings.LongestPayload, _settings.TakesOver)));
        }

        if (Takes(Due.Welcome))
        {
            return Write(FrameKind.Welcome, 0, _scratch.AsSpan(0, _settings.Board!.Write(_scratch, uptimeMs)));
        }

        if (Takes(Due.Refuse))
        {
            var refuse = _scratch.AsSpan(0, SessionMessages.WriteRefuse(_scratch, _refuseReason, ServedHost));
            return _writer.Write(new(FrameKind.Refuse, 0, 0, 0, _refusedSession), refuse, _wire);
        }

        if (Takes(Due.Gone))
        {
            var reason = State == LinkState.Closed ? _goneReason : SessionMessages.GoneReplaced;
            var gone = _scratch.AsSpan(0, SessionMessages.WriteGone(_scratch, reason, uptimeMs));
            return _writer.Write(new(FrameKind.Gone, 0, 0, 0, _goneSession), gone, _wire);
        }

        Takes(Due.Bye);
        var length = Write(FrameKind.Bye, 0, []);
        _receive.Clear();
        _goneReason = SessionMessages.GoneEnded;
        return length;
    }
}
