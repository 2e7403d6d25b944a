namespace HilBench.Links;

/// <summary>An endpoint to the board. A transfer that the board has no room for waits, as on a wire that says NAK.</summary>
/// <param name="address">bEndpointAddress, bit 7 clear.</param>
public sealed class UsbOutEndpoint(byte address) : UsbEndpoint(address)
{
    private const int RoomBytes = 1 << 16;

    private readonly ByteQueue _bytes = new();
    private readonly Queue<(uint Sequence, byte[] Data)> _pending = new();

    internal int Count => _bytes.Count;

    /// <summary>Whether everything is taken at once: the board waits in a write of its own.</summary>
    internal bool TakesAll { get; set; }

    internal int Read(Span<byte> buffer)
    {
        var count = _bytes.Take(buffer);
        Serve();
        return count;
    }

    /// <summary>Takes what waits and now finds room.</summary>
    internal void Serve()
    {
        while ((TakesAll || _bytes.Count < RoomBytes) && Host is { } host && _pending.TryDequeue(out var first))
        {
            _bytes.Add(first.Data);
            host.Complete(first.Sequence, 0, [], first.Data.Length);
        }
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
        if (_pending.Count > 0 || (_bytes.Count >= RoomBytes && !TakesAll))
        {
            _pending.Enqueue((sequence, data.ToArray()));
            return;
        }

        _bytes.Add(data);
        Host!.Complete(sequence, 0, [], data.Length);
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
}
