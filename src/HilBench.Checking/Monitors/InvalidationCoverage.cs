namespace HilBench.Checking;

/// <summary>
/// Counts which kinds of meeting between Invalidate Requests and translations a run has brought about: size of the
/// translation, size of the request, position, how far the translation had come, and how the PASIDs relate.
/// </summary>
internal sealed class InvalidationCoverage
{
    private static readonly string[] _sizes = ["4KiB", "to1MiB", "2MiB", "to512MiB", "1GiB", "larger", "everything"];
    private static readonly string[] _positions = ["whole", "first", "middle", "last"];
    private static readonly string[] _states = ["held", "arriving", "asked"];
    private static readonly string[] _pasids = ["same", "none", "without", "global", "globalEntry"];
    private readonly long[] _counts = new long[_sizes.Length * _sizes.Length * _positions.Length * _states.Length * _pasids.Length];

    /// <summary>An Invalidate Request meets a translation that it matches.</summary>
    public void Count(in Invalidation invalidation, in Grant grant) => Add(
        in invalidation, grant.Va, grant.Shift, grant.DeliveredAt == ulong.MaxValue ? 1 : 0, RelationOf(in invalidation, grant.Pasid, grant.IsGlobal));

    /// <summary>An Invalidate Request meets a Translation Request that is out.</summary>
    public void CountAsked(in Invalidation invalidation, ulong page, uint pasid)
    {
        var isMatched = invalidation.IsGlobal || invalidation.Pasid == Grant.NoPasid || invalidation.Pasid == pasid;
        if (isMatched && invalidation.Range.Contains(page))
        {
            Add(in invalidation, page, 12, 2, RelationOf(in invalidation, pasid, isGlobalEntry: false));
        }
    }

    /// <summary>The bins that are not empty, in a fixed order.</summary>
    public IReadOnlyList<InvalidationBin> Bins()
    {
        var bins = new List<InvalidationBin>();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                bins.Add(BinOf(i));
            }
        }

        return bins;
    }

    private InvalidationBin BinOf(int index)
    {
        var (rest, pasid) = Math.DivRem(index, _pasids.Length);
        (rest, var state) = Math.DivRem(rest, _states.Length);
        (rest, var position) = Math.DivRem(rest, _positions.Length);
        var (entry, invalidated) = Math.DivRem(rest, _sizes.Length);
        return new InvalidationBin(_sizes[entry], _sizes[invalidated], _positions[position], _states[state], _pasids[pasid], _counts[index]);
    }

    private void Add(in Invalidation invalidation, ulong va, int shift, int state, int pasid)
    {
        var index = (SizeOf(shift) * _sizes.Length) + SizeOf(invalidation.Range.SizeShift);
        index = (index * _positions.Length) + PositionOf(in invalidation, va, shift);
        index = (index * _states.Length) + state;
        _counts[(index * _pasids.Length) + pasid]++;
    }

    private static int SizeOf(int shift) => shift switch
    {
        12 => 0,
        <= 20 => 1,
        21 => 2,
        <= 29 => 3,
        30 => 4,
        < 64 => 5,
        _ => 6,
    };

    private static int PositionOf(in Invalidation invalidation, ulong va, int shift)
    {
        var size = invalidation.Range.SizeShift;
        if (size >= shift)
        {
            return 0;
        }

        var block = (invalidation.Range.Base - va) >> size;
        return block == 0 ? 1 : block == (1UL << (shift - size)) - 1 ? 3 : 2;
    }

    private static int RelationOf(in Invalidation invalidation, uint pasid, bool isGlobalEntry) =>
        invalidation.IsGlobal ? 3
        : invalidation.Pasid == pasid ? (pasid == Grant.NoPasid ? 1 : 0)
        : invalidation.Pasid == Grant.NoPasid ? 2
        : isGlobalEntry ? 4
        : 0;
}
