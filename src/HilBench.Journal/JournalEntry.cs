using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HilBench.Journal;

/// <summary>One kept journal line: time, kind, and the first <see cref="PayloadCapacity"/> bytes of its payload.</summary>
public struct JournalEntry
{
    /// <summary>Payload bytes that are kept: enough for a prefix, a header and two 64-bit entries.</summary>
    public const int PayloadCapacity = 44;

    private Inline _payload;

    /// <summary>Lines before this one, from the start of the journal.</summary>
    public ulong Sequence { get; internal set; }

    /// <summary>When, in the unit of the journal's clock.</summary>
    public ulong Time { get; internal set; }

    /// <summary>What happened.</summary>
    public JournalKind Kind { get; internal set; }

    /// <summary>Bytes of the whole payload; more than were kept when it was longer.</summary>
    public ushort PayloadLength { get; internal set; }

    /// <summary>Which stream the line belongs to.</summary>
    public readonly JournalSource Source => (JournalSource)((ushort)Kind >> 8);

    /// <summary>The kept bytes of the payload.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Payload =>
        MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<Inline, byte>(ref Unsafe.AsRef(in _payload)), Math.Min((int)PayloadLength, PayloadCapacity));

    /// <summary>The payload as the record that its writer put in.</summary>
    /// <exception cref="ArgumentException">The record is larger than what was kept.</exception>
    public readonly T Read<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(Payload);

    internal void Set(ulong sequence, ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        Sequence = sequence;
        Time = time;
        Kind = kind;
        PayloadLength = (ushort)payload.Length;
        payload[..Math.Min(payload.Length, PayloadCapacity)]
            .CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Inline, byte>(ref _payload), PayloadCapacity));
    }

    [InlineArray(PayloadCapacity)]
    private struct Inline
    {
        private byte _first;
    }
}
