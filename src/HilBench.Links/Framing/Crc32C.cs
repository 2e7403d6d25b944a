using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace HilBench.Links;

/// <summary>CRC-32C (Castagnoli), as in iSCSI. Source: docs/protocol.md, FRM-1.</summary>
public static class Crc32C
{
    /// <summary>The CRC of some bytes: 0 for none, 0xE3069283 for "123456789".</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>The CRC of two pieces that follow each other.</summary>
    public static uint Of(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => ~Continue(Continue(uint.MaxValue, head), tail);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        foreach (var one in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }
}
