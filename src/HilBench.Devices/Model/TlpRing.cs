using System.Buffers.Binary;

namespace HilBench.Devices.Model;

/// <summary>
/// TLPs in a row, each with a cycle. The memory grows to what is needed at once and is used again after that.
/// </summary>
internal sealed class TlpRing
{
    private const int HeaderBytes = 16; // cycle, size, 4 unused

    private byte[] _bytes = new byte[4096];
    private int _head;
    private int _tail;

    public bool IsEmpty => _head == _tail;

    public void Clear() => _head = _tail = 0;

    public void Add(ReadOnlySpan<byte> tlp, ulong cycle)
    {
        var needed = HeaderBytes + ((tlp.Length + 7) & ~7);
        MakeRoom(needed);
        var record = _bytes.AsSpan(_tail, needed);
        BinaryPrimitives.WriteUInt64LittleEndian(record, cycle);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], tlp.Length);
        tlp.CopyTo(record[HeaderBytes..]);
        _tail += needed;
    }

    /// <summary>The first TLP; there must be one. Valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> First(out ulong cycle)
    {
        var record = _bytes.AsSpan(_head, _tail - _head);
        cycle = BinaryPrimitives.ReadUInt64LittleEndian(record);
        return record.Slice(HeaderBytes, BinaryPrimitives.ReadInt32LittleEndian(record[8..]));
    }

    public void RemoveFirst()
    {
        var size = BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(_head + 8));
        _head += HeaderBytes + ((size + 7) & ~7);
        if (_head == _tail)
        {
            _head = _tail = 0;
        }
    }

    private void MakeRoom(int needed)
    {
        if (_bytes.Length - _tail >= needed)
        {
            return;
        }

        var used = _tail - _head;
        var target = _bytes;
        if (_bytes.Length < 2 * (used + needed))
        {
            target = new byte[4 * (used + needed)];
        }

        _bytes.AsSpan(_head, used).CopyTo(target);
        _bytes = target;
        _head = 0;
        _tail = used;
    }
}
