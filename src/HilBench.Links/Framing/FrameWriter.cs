using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>Makes the bytes of frames.</summary>
public sealed class FrameWriter
{
    private readonly byte[] _plain = new byte[LinkLimits.MaxPayload + LinkLimits.FrameOverhead];

    /// <summary>Writes one frame with its CRC, encoded, between two 00.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="payload">At most <see cref="LinkLimits.MaxPayload"/> bytes.</param>
    /// <param name="wire">Room for <see cref="LinkLimits.MaxWire"/> bytes, or for what this payload takes at most.</param>
    /// <returns>Bytes written.</returns>
    public int Write(in FrameHeader header, ReadOnlySpan<byte> payload, Span<byte> wire)
    {
        var crcAt = FrameHeader.SizeBytes + payload.Length;
        header.Write(_plain);
        payload.CopyTo(_plain.AsSpan(FrameHeader.SizeBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(_plain.AsSpan(crcAt), Crc32C.Of(_plain.AsSpan(0, crcAt)));
        wire[0] = 0;
        var encoded = Cobs.Encode(_plain.AsSpan(0, crcAt + LinkLimits.CrcBytes), wire[1..]);
        wire[1 + encoded] = 0;
        return encoded + 2;
    }
}
