namespace HilBench.Links;

/// <summary>
/// Consistent Overhead Byte Stuffing: bytes without 00 that stand for any bytes. Source: docs/protocol.md, COBS-2, COBS-3.
/// </summary>
public static class Cobs
{
    private const int LongestBlock = 254;

    /// <summary>The most bytes that <see cref="Encode"/> writes for so many.</summary>
    public static int MaxEncoded(int bytes) => bytes + (bytes / LongestBlock) + 1;

    /// <summary>Encodes in the shortest form.</summary>
    /// <param name="plain">Any bytes.</param>
    /// <param name="encoded">Room for <see cref="MaxEncoded"/> bytes.</param>
    /// <returns>Bytes written, at least 1; none of them is 00.</returns>
    public static int Encode(ReadOnlySpan<byte> plain, Span<byte> encoded)
    {
        var written = 0;
        while (true)
        {
            var run = plain[..Math.Min(plain.Length, LongestBlock)].IndexOf((byte)0);
            if (run < 0 && plain.Length >= LongestBlock)
            {
                encoded[written++] = LongestBlock + 1;
                plain[..LongestBlock].CopyTo(encoded[written..]);
                written += LongestBlock;
                plain = plain[LongestBlock..];
                if (plain.IsEmpty)
                {
                    return written;
                }

                continue;
            }

            var length = run < 0 ? plain.Length : run;
            encoded[written++] = (byte)(length + 1);
            plain[..length].CopyTo(encoded[written..]);
            written += length;
            if (run < 0)
            {
                return written;
            }

            plain = plain[(length + 1)..];
        }
    }

    /// <summary>Decodes what stood between two 00.</summary>
    /// <param name="encoded">At least 1 byte.</param>
    /// <param name="plain">Room for as many bytes.</param>
    /// <param name="length">Bytes written.</param>
    /// <returns>False when it is broken: a 00, or a code byte that points behind the end.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> plain, out int length)
    {
        length = 0;
        while (!encoded.IsEmpty)
        {
            var code = encoded[0];
            if (code == 0 || code > encoded.Length)
            {
                return false;
            }

            encoded[1..code].CopyTo(plain[length..]);
            length += code - 1;
            encoded = encoded[code..];
            if (code <= LongestBlock && !encoded.IsEmpty)
            {
                plain[length++] = 0;
            }
        }

        return true;
    }
}
