using System.Globalization;
using System.Numerics;

namespace HilBench.Pcie;

/// <summary>
/// A naturally aligned block of 2^12 to 2^64 bytes, the only shape that Translation Completions and Invalidate Requests
/// can name. Source: ats-rules A.5.
/// </summary>
/// <remarks>
/// S is bit 11. With S = 0 the block is one 4 KiB page. With S = 1 and n consecutive ones from bit 12 upward it has
/// 2^(n+13) bytes. The default value is the page at 0.
/// </remarks>
public readonly record struct AtsRange
{
    /// <summary>log2 of the smallest block, 4 KiB.</summary>
    public const int MinSizeShift = 12;

    /// <summary>log2 of the largest block, the whole 64-bit space.</summary>
    public const int MaxSizeShift = 64;

    private const ulong SizeBit = 1UL << 11;
    private const ulong BelowSizeBit = SizeBit - 1;

    private readonly byte _extraShift; // over 12, so that the default value is a block too

    /// <summary>Makes a block.</summary>
    /// <param name="start">First byte; a multiple of the size.</param>
    /// <param name="sizeShift">log2 of the size in bytes, 12 to 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is none, or the start is not aligned to it.</exception>
    public AtsRange(ulong start, int sizeShift)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeShift, MinSizeShift);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeShift, MaxSizeShift);
        if ((start & OffsetMask(sizeShift)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, "a block starts at a multiple of its size");
        }

        Base = start;
        _extraShift = (byte)(sizeShift - MinSizeShift);
    }

    /// <summary>The whole 64-bit space.</summary>
    public static AtsRange Everything { get; } = new(0, MaxSizeShift);

    /// <summary>The first byte.</summary>
    public ulong Base { get; }

    /// <summary>log2 of the size in bytes, 12 to 64.</summary>
    public int SizeShift => MinSizeShift + _extraShift;

    /// <summary>The last byte that belongs to the block.</summary>
    public ulong Last => Base | OffsetMask(SizeShift);

    /// <summary>The 4 KiB page around an address.</summary>
    public static AtsRange Page(ulong address) => new(address & ~OffsetMask(MinSizeShift), MinSizeShift);

    /// <summary>The block of a given size around an address.</summary>
    /// <param name="address">Any byte of the block.</param>
    /// <param name="sizeShift">log2 of the size in bytes, 12 to 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is none.</exception>
    public static AtsRange Around(ulong address, int sizeShift)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeShift, MinSizeShift);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeShift, MaxSizeShift);
        return new AtsRange(address & ~OffsetMask(sizeShift), sizeShift);
    }

    /// <summary>The smallest block that covers <c>[start, start + length)</c>.</summary>
    /// <param name="start">First byte, any alignment.</param>
    /// <param name="length">Bytes, at least 1; the range does not wrap.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or wraps.</exception>
    public static AtsRange Covering(ulong start, ulong length)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        var last = start + (length - 1);
        if (last < start)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "the range wraps");
        }

        return Around(start, Math.Max(MinSizeShift, 64 - BitOperations.LeadingZeroCount(start ^ last)));
    }

    /// <summary>Takes the block out of a Translation Completion entry or an Invalidate Request payload.</summary>
    /// <param name="bits">
    /// The 64-bit value; bits 10:0 are ignored. All ones in 63:11 counts as everything (ATS-INV-007).
    /// </param>
    public static AtsRange Decode(ulong bits)
    {
        if ((bits & SizeBit) == 0)
        {
            return Page(bits);
        }

        var ones = BitOperations.TrailingZeroCount(~(bits >> MinSizeShift));
        return Around(bits, Math.Min(ones + 13, MaxSizeShift));
    }

    /// <summary>The block as bits 63:11 of a Translation Completion entry or an Invalidate Request payload.</summary>
    public ulong Encode() =>
        _extraShift == 0 ? Base : Base | ((OffsetMask(SizeShift) >> 1) & ~BelowSizeBit);

    /// <summary>The payload of an Invalidate Request (ats-rules A.7).</summary>
    /// <param name="isGlobal">Global Invalidate, bit 0.</param>
    public ulong ToInvalidatePayload(bool isGlobal = false) => Encode() | (isGlobal ? 1UL : 0);

    /// <summary>True when the byte at <paramref name="address"/> belongs to the block.</summary>
    public bool Contains(ulong address) => ((address ^ Base) & ~OffsetMask(SizeShift)) == 0;

    /// <summary>True when the two blocks share a byte, that is when the larger holds the smaller.</summary>
    public bool Overlaps(AtsRange other) =>
        ((Base ^ other.Base) & ~OffsetMask(Math.Max(SizeShift, other.SizeShift))) == 0;

    /// <summary>As people write it: <c>0x7f0000200000+2MiB</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"0x{Base:x}+{1UL << (SizeShift % 10)}{Unit}");

    private string Unit => (SizeShift / 10) switch
    {
        1 => "KiB",
        2 => "MiB",
        3 => "GiB",
        4 => "TiB",
        5 => "PiB",
        _ => "EiB",
    };

    private static ulong OffsetMask(int sizeShift) => ulong.MaxValue >> (64 - sizeShift);
}
