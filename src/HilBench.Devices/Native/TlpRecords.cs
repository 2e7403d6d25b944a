using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace HilBench.Devices.Native;

/// <summary>
/// TLPs back to back in pinned memory, in the record layout of hdl/sim/hilbench_device.h. The memory grows to what is
/// needed at once and is used again after that.
/// </summary>
internal sealed unsafe class TlpRecords(int capacity)
{
    public const int HeaderBytes = 16;

    private byte[] _bytes = GC.AllocateArray<byte>(capacity, pinned: true);

    /// <summary>Bytes of records.</summary>
    public int Size => End - Start;

    public bool IsEmpty => Start == End;

    /// <summary>Where the first record starts.</summary>
    public byte* First => (byte*)Unsafe.AsPointer(ref _bytes[0]) + Start; // pinned

    /// <summary>Where the next record goes.</summary>
    public byte* Next => (byte*)Unsafe.AsPointer(ref _bytes[0]) + End; // pinned

    /// <summary>Bytes of room behind the last record.</summary>
    public int Room => _bytes.Length - End;

    private int Start { get; set; }

    private int End { get; set; }

    public void Clear() => Start = End = 0;

    public void Add(ReadOnlySpan<byte> tlp, ulong cycle)
    {
        var needed = HeaderBytes + Padded(tlp.Length);
        MakeRoom(needed);
        var record = _bytes.AsSpan(End, needed);
        BinaryPrimitives.WriteUInt64LittleEndian(record, cycle);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], (uint)tlp.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], 0);
        tlp.CopyTo(record[HeaderBytes..]); // they may be the same bytes
        record[(HeaderBytes + tlp.Length)..].Clear();
        End += needed;
    }

    /// <summary>The first TLP; there must be one. Valid until the next change.</summary>
    public ReadOnlySpan<byte> Peek(out ulong cycle)
    {
        cycle = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(Start));
        return _bytes.AsSpan(Start + HeaderBytes, FirstTlpBytes);
    }

    /// <summary>The first record with its head and padding; there must be one. Valid until the next change.</summary>
    public ReadOnlySpan<byte> FirstRecord => _bytes.AsSpan(Start, HeaderBytes + Padded(FirstTlpBytes));

    /// <summary>Removes the first record.</summary>
    public void RemoveFirst() => Remove(HeaderBytes + Padded(FirstTlpBytes));

    /// <summary>Removes whole records from the front.</summary>
    public void Remove(int bytes)
    {
        Start += bytes;
        if (Start == End)
        {
            Start = End = 0;
        }
    }

    /// <summary>Records of this size were written at <see cref="Next"/>.</summary>
    public void Extend(int bytes) => End += bytes;

    /// <summary>Makes sure that so many bytes can be written at <see cref="Next"/>.</summary>
    public void MakeRoom(int needed)
    {
        if (Room >= needed)
        {
            return;
        }

        var used = Size;
        var target = _bytes.Length >= 2 * (used + needed)
            ? _bytes
            : GC.AllocateArray<byte>(4 * (used + needed), pinned: true);
        _bytes.AsSpan(Start, used).CopyTo(target);
        _bytes = target;
        Start = 0;
        End = used;
    }

    private int FirstTlpBytes => BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(Start + 8));

    private static int Padded(int size) => (size + 7) & ~7;
}
