namespace HilBench.Links;

/// <summary>Comparison of numbers that go around at 256. Source: docs/protocol.md, first section.</summary>
internal static class Sequence
{
    /// <summary>Whether <paramref name="a"/> is ahead of <paramref name="b"/> by 1 to 127.</summary>
    public static bool IsAhead(byte a, byte b) => (byte)(a - b) is >= 1 and <= 127;
}
