using System.Buffers.Binary;

namespace HilBench.Scenarios;

/// <summary>
/// A 128-bit hash over the contents of objects. References count by the number of the object that they lead to, so
/// that two heaps of the same form are equal wherever the runtime put their objects.
/// </summary>
internal abstract class HeapHasher
{
    private ulong _low;
    private ulong _high;

    /// <summary>What was added so far.</summary>
    public UInt128 Value => new(_high, _low);

    /// <summary>Begins anew.</summary>
    public void Begin(ulong seed)
    {
        _low = seed ^ 0x243F6A8885A308D3;
        _high = seed + 0x13198A2E03707344;
    }

    /// <summary>Adds 64 bits.</summary>
    public void Add(ulong value)
    {
        _low = (_low ^ value) * 0x9E3779B97F4A7C15;
        _low ^= _low >> 29;
        _high = (_high + value) * 0xD6E8FEB86659FD93;
        _high ^= _high >> 32;
    }

    /// <summary>Adds a text by its characters.</summary>
    public void Add(string? text)
    {
        Add((ulong)(text?.Length ?? -1));
        foreach (var c in text ?? "")
        {
            Add(c);
        }
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var single in bytes)
        {
            Add(single);
        }
    }

    /// <summary>Adds a reference.</summary>
    public abstract void AddReference(object? target);
}
