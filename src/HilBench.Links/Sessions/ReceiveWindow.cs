namespace HilBench.Links;

/// <summary>Stream messages that were received and not yet taken by the user. Source: docs/protocol.md, SEQ-2 to SEQ-4, CRD-1.</summary>
internal sealed class ReceiveWindow(int messages)
{
    private readonly FrameKind[] _kinds = new FrameKind[messages];
    private readonly byte[][] _payloads = new byte[messages][]; // made when first needed, then used again
    private readonly int[] _lengths = new int[messages];
    private int _start;
    private int _count;
    private bool _hasSeenGap;

    /// <summary>The next number expected.</summary>
    public byte Expected { get; private set; }

    /// <summary>The first number for which there is no room.</summary>
    public byte Grant => (byte)(Expected + messages - _count);

    public bool IsEmpty => _count == 0;

    public void Clear()
    {
        (_start, _count, Expected, _hasSeenGap) = (0, 0, 0, false);
    }

    /// <summary>A stream frame came in.</summary>
    public Arrival Receive(byte number, FrameKind kind, ReadOnlySpan<byte> payload)
    {
        if (number == Expected && _count < messages)
        {
            _hasSeenGap = false;
            Expected++;
            if (kind is < FrameKind.Tlp or > FrameKind.Echoed)
            {
                return Arrival.Unknown;
            }

            Keep(kind, payload);
            return Arrival.Taken;
        }

        if (Sequence.IsAhead(Expected, number))
        {
            return Arrival.Repetition;
        }

        var isFirst = !_hasSeenGap;
        _hasSeenGap = true;
        return isFirst ? Arrival.Gap : Arrival.SameGap;
    }

    /// <summary>The first message; valid until <see cref="RemoveFirst"/>.</summary>
    public ReadOnlySpan<byte> First(out FrameKind kind)
    {
        kind = _kinds[_start];
        return _payloads[_start].AsSpan(0, _lengths[_start]);
    }

    public void RemoveFirst()
    {
        _start = (_start + 1) % messages;
        _count--;
    }

    private void Keep(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var place = (_start + _count++) % messages;
        if (_payloads[place] is not { } room || room.Length < payload.Length)
        {
            room = _payloads[place] = new byte[payload.Length <= 64 ? 64 : LinkLimits.MaxPayload];
        }

        _kinds[place] = kind;
        _lengths[place] = payload.Length;
        payload.CopyTo(room);
    }

    /// <summary>What became of a stream frame.</summary>
    public enum Arrival
    {
        Taken,
        Unknown,
        Repetition,
        Gap,
        SameGap,
    }
}
