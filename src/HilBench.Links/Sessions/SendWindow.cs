namespace HilBench.Links;

/// <summary>
/// Stream messages that wait to be sent, or were sent and are not yet acknowledged. Source: docs/protocol.md, SEQ-1,
/// SEQ-5, SEQ-6, SEQ-10, SEQ-11, CRD-1, CRD-2.
/// </summary>
/// <param name="messages">How many are kept.</param>
/// <param name="byteNs">Nanoseconds that a byte takes on the carrier; 0 when that does not matter.</param>
internal sealed class SendWindow(int messages, long byteNs)
{
    private const int ReturnsInFull = 2;
    private const int FewFrames = 4;
    private const long WindowNs = 100_000_000;

    private readonly long _windowBytes = byteNs == 0 ? long.MaxValue : WindowNs / byteNs;

    private readonly FrameKind[] _kinds = new FrameKind[messages];
    private readonly byte[][] _payloads = new byte[messages][]; // made when first needed, then used again
    private readonly int[] _lengths = new int[messages];
    private int _start;
    private int _count;  // messages kept
    private int _sent;   // of these, sent at least once
    private int _cursor; // the next one to send
    private int _limit;   // frames that may be on their way: SEQ-10
    private int _returns; // goings back to _base
    private byte _base;  // number of the first one kept
    private byte _grant;
    private long _bytes;       // of all that was sent
    private long _cursorBytes; // of the frames before the cursor

    public bool HasRoom => _count < messages;

    public int Room => messages - _count;

    /// <summary>Frames that were sent and not acknowledged.</summary>
    public int Unacknowledged => _sent;

    /// <summary>Bytes on the carrier, about, of the frames that are on their way.</summary>
    public long UnacknowledgedBytes
    {
        get
        {
            if (_limit >= _sent)
            {
                return _bytes;
            }

            var bytes = 0L;
            for (var i = 0; i < _limit; i++)
            {
                bytes += WireBytes((_start + i) % messages);
            }

            return bytes;
        }
    }

    /// <summary>Messages that were never sent.</summary>
    public bool HasUnsent => _count > _sent;

    public bool IsEmpty => _count == 0;

    public bool CanSend => _cursor < _count
        && _cursor < _limit
        && (_cursor < FewFrames || _cursorBytes < _windowBytes)
        && Sequence.IsAhead(_grant, Number(_cursor));

    public void Clear(byte grant)
    {
        (_start, _count, _sent, _cursor, _base) = (0, 0, 0, 0, 0);
        (_grant, _limit, _returns, _bytes, _cursorBytes) = (grant, messages, 0, 0, 0);
    }

    public void Add(FrameKind kind, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        var place = (_start + _count++) % messages;
        var length = head.Length + body.Length;
        if (_payloads[place] is not { } payload || payload.Length < length)
        {
            payload = _payloads[place] = new byte[length <= 64 ? 64 : LinkLimits.MaxPayload];
        }

        _kinds[place] = kind;
        _lengths[place] = length;
        head.CopyTo(payload);
        body.CopyTo(payload.AsSpan(head.Length));
    }

    /// <summary>The next frame to send; <see cref="CanSend"/> must hold. Valid until it is acknowledged.</summary>
    public ReadOnlySpan<byte> Next(out FrameKind kind, out byte number, out bool isRepetition)
    {
        var place = (_start + _cursor) % messages;
        kind = _kinds[place];
        number = Number(_cursor);
        isRepetition = _cursor < _sent;
        _bytes += isRepetition ? 0 : WireBytes(place);
        _cursorBytes += WireBytes(place);
        _cursor++;
        _sent = Math.Max(_sent, _cursor);
        return _payloads[place].AsSpan(0, _lengths[place]);
    }

    /// <summary>Frames before a number were taken. True when that is news.</summary>
    public bool Acknowledge(byte ack)
    {
        var news = (byte)(ack - _base);
        if (news == 0 || news > _sent)
        {
            return false;
        }

        for (var i = 0; i < news; i++)
        {
            var bytes = WireBytes((_start + i) % messages);
            _bytes -= bytes;
            _cursorBytes -= i < _cursor ? bytes : 0;
        }

        _base = ack;
        _start = (_start + news) % messages;
        _count -= news;
        _sent -= news;
        _cursor = Math.Max(0, _cursor - news);
        (_limit, _returns) = (Math.Min(_limit + news, messages), 0);
        return true;
    }

    /// <summary>More may be sent. True when that is news.</summary>
    public bool Grant(byte grant)
    {
        if (!Sequence.IsAhead(grant, _grant))
        {
            return false;
        }

        _grant = grant;
        return true;
    }

    /// <summary>All kept frames are sent again; where that did not help, only the first: SEQ-6, SEQ-10.</summary>
    public void GoBack()
    {
        (_cursor, _cursorBytes) = (0, 0);
        if (_sent == 0)
        {
            return;
        }

        if (_returns < ReturnsInFull)
        {
            _returns++;
        }
        else
        {
            _limit = 1;
        }
    }

    private int WireBytes(int place) => _lengths[place] + LinkLimits.WireOverhead;

    private byte Number(int offset) => (byte)(_base + offset);
}
