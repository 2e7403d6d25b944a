namespace HilBench.Links;

/// <summary>An endpoint to the host: what the board wrote waits for the host's transfers, or they for it.</summary>
/// <param name="address">bEndpointAddress, bit 7 set.</param>
/// <param name="longestBytes">Bytes of one transfer at most: those of a notification on an interrupt endpoint.</param>
public sealed class UsbInEndpoint(byte address, int longestBytes = int.MaxValue) : UsbEndpoint(address)
{
    private const int RoomBytes = 1 << 16;

    private readonly ByteQueue _bytes = new();
    private readonly Queue<(uint Sequence, int Length)> _pending = new();
    private readonly byte[] _piece = new byte[1 << 14];

    internal int Room => Math.Max(0, RoomBytes - _bytes.Count);

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        _bytes.Add(bytes);
        Serve();
    }

    internal override bool TryUnlink(uint sequence)
    {
        var isFound = false;
        for (var left = _pending.Count; left > 0; left--)
        {
            var one = _pending.Dequeue();
            if (one.Sequence == sequence)
            {
                isFound = true;
            }
            else
            {
                _pending.Enqueue(one);
            }
        }

        return isFound;
    }

    private protected override void Take(uint sequence, ReadOnlySpan<byte> data, int length)
    {
        _pending.Enqueue((sequence, length));
        Serve();
    }

    private protected override bool TryRemoveFirst(out uint sequence)
    {
        var isThere = _pending.TryDequeue(out var first);
        sequence = first.Sequence;
        return isThere;
    }

    private protected override void DropPending()
    {
        _pending.Clear();
        _bytes.Clear();
    }

    private void Serve()
    {
        while (_bytes.Count > 0 && !IsHalted && Host is { } host && _pending.TryDequeue(out var first))
        {
            var count = _bytes.Take(_piece.AsSpan(0, Math.Min(Math.Min(first.Length, longestBytes), _piece.Length)));
            host.Complete(first.Sequence, 0, _piece.AsSpan(0, count), count);
        }
    }
}
