namespace HilBench.Links;

/// <summary>Bytes that wait to be read, in order. It grows when it must, and allocates nothing once it is large enough.</summary>
public sealed class ByteQueue
{
    private byte[] _bytes = new byte[1 << 16];
    private int _start;

    /// <summary>How many bytes wait.</summary>
    public int Count { get; private set; }

    /// <summary>Adds bytes at the end.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - _start - Count < bytes.Length)
        {
            var room = 2 * (Count + bytes.Length) > _bytes.Length ? new byte[2 * Math.Max(_bytes.Length, Count + bytes.Length)] : _bytes;
            _bytes.AsSpan(_start, Count).CopyTo(room);
            (_bytes, _start) = (room, 0);
        }

        bytes.CopyTo(_bytes.AsSpan(_start + Count));
        Count += bytes.Length;
    }

    /// <summary>Takes as many bytes from the front as there are and <paramref name="buffer"/> holds.</summary>
    /// <returns>Bytes taken.</returns>
    public int Take(Span<byte> buffer)
    {
        var count = Math.Min(Count, buffer.Length);
        _bytes.AsSpan(_start, count).CopyTo(buffer);
        Count -= count;
        _start = Count == 0 ? 0 : _start + count;
        return count;
    }

    /// <summary>Drops all.</summary>
    public void Clear() => (_start, Count) = (0, 0);
}
