using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>Finds the frames in bytes that come in pieces. Source: docs/protocol.md, COBS-1 to COBS-6, FRM-2, FRM-3.</summary>
/// <param name="longestPayload">Bytes of payload; a frame with more is broken.</param>
public sealed class FrameReader(int longestPayload)
{
    private readonly byte[] _encoded = new byte[Cobs.MaxEncoded(longestPayload + LinkLimits.FrameOverhead)];
    private readonly byte[] _plain = new byte[Cobs.MaxEncoded(longestPayload + LinkLimits.FrameOverhead)];
    private int _length;
    private bool _isTooLong;

    /// <summary>Forgets the frame that is coming in.</summary>
    public void Clear()
    {
        _length = 0;
        _isTooLong = false;
    }

    /// <summary>Reads on to the end of the next frame, good or broken.</summary>
    /// <param name="bytes">What came in; what was read is cut off.</param>
    /// <param name="isGood">Whether its length and CRC are right.</param>
    /// <param name="header">Its header, when it is good.</param>
    /// <param name="payload">Its payload, when it is good; valid until the next call.</param>
    /// <returns>False when all bytes were read and no frame ended.</returns>
    public bool TryRead(
        ref ReadOnlySpan<byte> bytes, out bool isGood, out FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        isGood = false;
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)0);
            var piece = end < 0 ? bytes : bytes[..end];
            bytes = bytes[(end < 0 ? bytes.Length : end + 1)..];
            Keep(piece);
            if (end < 0)
            {
                return false;
            }

            if (_length > 0 || _isTooLong)
            {
                isGood = IsGood(out header, out payload);
                Clear();
                return true;
            }
        }

        return false;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (_isTooLong || piece.Length > _encoded.Length - _length)
        {
            _isTooLong = true;
            _length = 0;
            return;
        }

        piece.CopyTo(_encoded.AsSpan(_length));
        _length += piece.Length;
    }

    private bool IsGood(out FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (_isTooLong
            || !Cobs.TryDecode(_encoded.AsSpan(0, _length), _plain, out var length)
            || length < LinkLimits.FrameOverhead
            || length > longestPayload + LinkLimits.FrameOverhead)
        {
            return false;
        }

        var crcAt = length - LinkLimits.CrcBytes;
        if (BinaryPrimitives.ReadUInt32LittleEndian(_plain.AsSpan(crcAt)) != Crc32C.Of(_plain.AsSpan(0, crcAt)))
        {
            return false;
        }

        header = FrameHeader.Read(_plain);
        payload = _plain.AsSpan(FrameHeader.SizeBytes, crcAt - FrameHeader.SizeBytes);
        return true;
    }
}
