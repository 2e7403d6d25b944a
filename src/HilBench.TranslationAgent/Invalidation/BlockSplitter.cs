using System.Numerics;

namespace HilBench.TranslationAgent;

/// <summary>
/// Cuts a range into naturally aligned power-of-two blocks by a policy. The last address is inclusive, so that the whole
/// 64-bit space is a range.
/// </summary>
public struct BlockSplitter
{
    /// <summary>
    /// Bytes up to which <see cref="InvalidationPolicy.Page"/> cuts into pages. A flush of a whole address space would
    /// otherwise be 2^52 requests; drivers too fall back to larger blocks (arm_smmu_mm_invalidate_range, intel_flush_svm_range).
    /// </summary>
    public const ulong PagewiseBytesMax = 4UL << 20;

    private const int PageShift = 12;
    private readonly ulong _last;
    private readonly int _smallestShift;
    private readonly InvalidationPolicy _policy;
    private ulong _next;
    private bool _isDone;

    /// <summary>Starts at the block that holds <paramref name="first"/>.</summary>
    /// <param name="first">Any byte of the first page.</param>
    /// <param name="last">Any byte of the last page.</param>
    /// <param name="policy">How to cut.</param>
    /// <param name="smallestShift">log2 of the smallest block allowed: 12 plus the STU.</param>
    public BlockSplitter(ulong first, ulong last, InvalidationPolicy policy, int smallestShift = PageShift)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        ArgumentOutOfRangeException.ThrowIfLessThan(smallestShift, PageShift);
        var mask = (1UL << smallestShift) - 1;
        _next = first & ~mask;
        _last = last | mask;
        _policy = policy == InvalidationPolicy.Page && _last - _next >= PagewiseBytesMax ? InvalidationPolicy.Exact : policy;
        _smallestShift = smallestShift;
    }

    /// <summary>The next block.</summary>
    /// <param name="start">Aligned to its size.</param>
    /// <param name="shift">log2 of its size; 64 is everything.</param>
    /// <returns>False at the end.</returns>
    public bool TryNext(out ulong start, out int shift)
    {
        start = 0;
        shift = 0;
        if (_isDone)
        {
            return false;
        }

        (start, shift) = _policy switch
        {
            InvalidationPolicy.Page => (_next, _smallestShift),
            InvalidationPolicy.Exact => (_next, LargestBlock()),
            InvalidationPolicy.Cover => Cover(),
            _ => (0UL, 64),
        };
        var end = shift == 64 ? ulong.MaxValue : start + ((1UL << shift) - 1);
        _isDone = end >= _last;
        _next = end + 1;
        return true;
    }

    private readonly int LargestBlock()
    {
        var alignment = _next == 0 ? 64 : BitOperations.TrailingZeroCount(_next);
        var length = _last - _next;
        var fits = length == ulong.MaxValue ? 64 : BitOperations.Log2(length + 1);
        return Math.Min(alignment, fits);
    }

    private readonly (ulong Start, int Shift) Cover()
    {
        var differ = _next ^ _last;
        var shift = Math.Max(_smallestShift, 64 - BitOperations.LeadingZeroCount(differ));
        return shift >= 64 ? (0, 64) : (_next >> shift << shift, shift);
    }
}
