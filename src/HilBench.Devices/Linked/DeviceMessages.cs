using System.Buffers.Binary;
using HilBench.Links;

namespace HilBench.Devices.Linked;

/// <summary>The payloads that carry TLPs and device time. Source: docs/protocol.md, "TLPs and time".</summary>
internal static class DeviceMessages
{
    /// <summary>Bytes of epoch and cycle in front of a TLP.</summary>
    public const int HeadBytes = 8;

    public const int RunBytes = 15;
    public const int RunResultBytes = 16;
    public const int ResetBytes = 3;
    public const int CycleBytes = 7;

    /// <summary>The last cycle that can be said.</summary>
    public const ulong LastCycle = (1UL << 56) - 1;

    public static void WriteHead(Span<byte> head, byte epoch, ulong cycle) =>
        BinaryPrimitives.WriteUInt64LittleEndian(head, (Math.Min(cycle, LastCycle) << 8) | epoch);

    public static (byte Epoch, ulong Cycle) ReadHead(ReadOnlySpan<byte> payload)
    {
        var word = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        return ((byte)word, word >> 8);
    }

    public static void WriteRun(Span<byte> request, byte epoch, ulong cycles, ulong linger, ushort sent)
    {
        request[0] = (byte)BoardOperation.Run;
        WriteHead(request[1..], epoch, cycles);
        BinaryPrimitives.WriteUInt32LittleEndian(request[9..], (uint)Math.Min(linger, uint.MaxValue));
        BinaryPrimitives.WriteUInt16LittleEndian(request[13..], sent);
    }

    public static RunOrder ReadRun(ReadOnlySpan<byte> request)
    {
        var (epoch, cycles) = ReadHead(request[1..]);
        return new(
            epoch, cycles, BinaryPrimitives.ReadUInt32LittleEndian(request[9..]), BinaryPrimitives.ReadUInt16LittleEndian(request[13..]));
    }

    public static void WriteCycle(Span<byte> bytes, ulong cycle)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, cycle);
        word[..CycleBytes].CopyTo(bytes);
    }

    public static ulong ReadCycle(ReadOnlySpan<byte> bytes)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        word[CycleBytes] = 0;
        bytes[..CycleBytes].CopyTo(word);
        return BinaryPrimitives.ReadUInt64LittleEndian(word);
    }
}

/// <summary>What RUN asks for.</summary>
/// <param name="Epoch">Of the host.</param>
/// <param name="Cycles">To run at most.</param>
/// <param name="Linger">To run still after the first TLP came out.</param>
/// <param name="Sent">TLPs that the host has sent in this epoch.</param>
internal readonly record struct RunOrder(byte Epoch, ulong Cycles, uint Linger, ushort Sent);
