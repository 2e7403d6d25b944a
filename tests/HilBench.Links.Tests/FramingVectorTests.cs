using System.Globalization;

namespace HilBench.Links.Tests;

public sealed class FramingVectorTests
{
    [TestCaseSource(nameof(Crcs))]
    public void Crc_is_that_of_the_vector(string[] words)
    {
        var bytes = LinkVectors.Bytes(words[0]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Crc32C.Of(bytes), Is.EqualTo(Number(words[1])));
            Assert.That(Crc32C.Of(bytes.AsSpan(0, bytes.Length / 3), bytes.AsSpan(bytes.Length / 3)), Is.EqualTo(Number(words[1])));
        }
    }

    [TestCaseSource(nameof(Stuffed))]
    public void Bytes_are_stuffed_and_back(string[] words)
    {
        var plain = LinkVectors.Bytes(words[0]);
        var encoded = new byte[Cobs.MaxEncoded(plain.Length)];

        var length = Cobs.Encode(plain, encoded);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Convert.ToHexStringLower(encoded.AsSpan(0, length)), Is.EqualTo(words[1]));
            Assert.That(Decoded(words[1]), Is.EqualTo(plain));
        }
    }

    [TestCaseSource(nameof(Accepted))]
    public void Longer_form_is_taken_too(string[] words) => Assert.That(Decoded(words[0]), Is.EqualTo(LinkVectors.Bytes(words[1])));

    [TestCaseSource(nameof(Unstuffable))]
    public void Code_that_points_behind_the_end_is_broken(string[] words) => Assert.That(Decoded(words[0]), Is.Null);

    [TestCaseSource(nameof(Frames))]
    public void Frame_is_written_and_read(string[] words)
    {
        var header = new FrameHeader(
            (FrameKind)Number(words[0]), (byte)Number(words[1]), (byte)Number(words[2]), (byte)Number(words[3]), (ushort)Number(words[4]));
        var wire = new byte[LinkLimits.MaxWire];

        var length = new FrameWriter().Write(header, LinkVectors.Bytes(words[5]), wire);
        ReadOnlySpan<byte> bytes = wire.AsSpan(0, length);
        new FrameReader(LinkLimits.MaxPayload).TryRead(ref bytes, out var isGood, out var readHeader, out var readPayload);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Convert.ToHexStringLower(wire.AsSpan(0, length)), Is.EqualTo(words[6]));
            Assert.That(isGood, Is.True);
            Assert.That(readHeader, Is.EqualTo(header));
            Assert.That(readPayload.ToArray(), Is.EqualTo(LinkVectors.Bytes(words[5])));
        }
    }

    [TestCaseSource(nameof(Pieces))]
    public void Good_and_broken_frames_are_told_apart_however_the_bytes_are_cut(string[] words)
    {
        var wire = LinkVectors.Bytes(words[1]);
        var expected = (int.Parse(words[2], CultureInfo.InvariantCulture), int.Parse(words[3], CultureInfo.InvariantCulture));

        foreach (var piece in (int[])[1, 2, 7, wire.Length])
        {
            Assert.That(Count(wire, piece, int.Parse(words[0], CultureInfo.InvariantCulture)), Is.EqualTo(expected), $"pieces of {piece}");
        }
    }

    private static IEnumerable<TestCaseData> Crcs() => LinkVectors.Items("crc");

    private static IEnumerable<TestCaseData> Stuffed() => LinkVectors.Items("cobs");

    private static IEnumerable<TestCaseData> Accepted() => LinkVectors.Items("cobs-accept");

    private static IEnumerable<TestCaseData> Unstuffable() => LinkVectors.Items("cobs-broken");

    private static IEnumerable<TestCaseData> Frames() => LinkVectors.Items("frame");

    private static IEnumerable<TestCaseData> Pieces() => LinkVectors.Items("bytes");

    private static (int Good, int Broken) Count(byte[] wire, int piece, int longest)
    {
        var reader = new FrameReader(longest);
        var counts = (Good: 0, Broken: 0);
        for (var at = 0; at < wire.Length; at += piece)
        {
            ReadOnlySpan<byte> bytes = wire.AsSpan(at, Math.Min(piece, wire.Length - at));
            while (reader.TryRead(ref bytes, out var isGood, out _, out _))
            {
                counts = isGood ? (counts.Good + 1, counts.Broken) : (counts.Good, counts.Broken + 1);
            }
        }

        return counts;
    }

    private static byte[]? Decoded(string encoded)
    {
        var bytes = LinkVectors.Bytes(encoded);
        var plain = new byte[bytes.Length];
        return Cobs.TryDecode(bytes, plain, out var length) ? plain[..length] : null;
    }

    private static uint Number(string text) => uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
