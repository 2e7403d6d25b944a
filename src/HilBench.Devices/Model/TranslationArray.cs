using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Places for translations; where several hit, the first place counts.</summary>
internal sealed class TranslationArray(ModelFault fault, int size)
{
    private readonly CachedTranslation[] _entries = new CachedTranslation[size];
    private readonly ulong[] _valid = new ulong[(size + 63) / 64]; // bit i: place i holds a translation
    private readonly ulong[] _before = new ulong[(size + 63) / 64]; // M79: before the last invalidation

    public ref readonly CachedTranslation this[int place] => ref _entries[place];

    public void Clear() => Array.Clear(_valid);

    /// <summary>Drops what a function has.</summary>
    public void Drop(int function)
    {
        for (var word = 0; word < _valid.Length; word++)
        {
            for (var left = _valid[word]; left != 0; left &= left - 1)
            {
                var place = 64 * word + BitOperations.TrailingZeroCount(left);
                if (_entries[place].Context.Function == function)
                {
                    Drop(place, word);
                }
            }
        }
    }

    /// <summary>The place of a translation that grants <paramref name="need"/>; -1: there is none.</summary>
    public int Find(ulong address, Context context, TranslationFlags need)
    {
        for (var word = 0; word < _valid.Length; word++)
        {
            for (var left = _valid[word]; left != 0; left &= left - 1)
            {
                var place = 64 * word + BitOperations.TrailingZeroCount(left);
                ref readonly var entry = ref _entries[place];
                if (((address ^ entry.Base) & entry.Compared) == 0 && entry.Serves(context)
                    && (need & ~entry.Access) == 0
                    && !(fault == ModelFault.M81 && entry.SizeShift is not (12 or 21 or 30)))
                {
                    return place;
                }
            }
        }

        return -1;
    }

    /// <summary>As <see cref="Find"/>, with the mistakes of a compare.</summary>
    public int FindWrongly(ulong address, Context context, TranslationFlags need)
    {
        var compared = fault == ModelFault.M09 ? 0x0000_FFFF_FFFF_FFFF : ulong.MaxValue;
        need &= fault == ModelFault.M53 ? ~TranslationFlags.W : ~TranslationFlags.None;
        for (var place = 0; place < size; place++)
        {
            ref readonly var entry = ref _entries[place];
            var isInside = fault == ModelFault.M60
                ? address - entry.Begin < 1UL << entry.SizeShift
                : ((address ^ entry.Base) & entry.Compared & compared) == 0;
            if (IsValid(place) && isInside && (entry.Serves(context) || IsConfused(entry.Context, context))
                && (need & ~entry.Access) == 0)
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>M54: the place that last had the same range and context, dropped or not; -1: none.</summary>
    public int FindFormer(AtsRange range, Context context) =>
        Array.FindIndex(_entries, e => e.SizeShift != 0 && e.Range == range && e.Context == context);

    /// <summary>M79: the places of one index in all ways hold what they did before the last invalidation.</summary>
    public void Restore(int place, int entriesPerWay)
    {
        for (var other = place % entriesPerWay; other < size; other += entriesPerWay)
        {
            _valid[other / 64] |= _before[other / 64] & (1UL << (other % 64));
        }
    }

    /// <summary>The place of the translation of the same range and context; -1: there is none.</summary>
    public int FindSame(AtsRange range, Context context)
    {
        for (var word = 0; word < _valid.Length; word++)
        {
            for (var left = _valid[word]; left != 0; left &= left - 1)
            {
                var place = 64 * word + BitOperations.TrailingZeroCount(left);
                ref readonly var entry = ref _entries[place];
                if (entry.Base == range.Base && entry.SizeShift == range.SizeShift
                    && (entry.Context == context || IsConfused(entry.Context, context)))
                {
                    return place;
                }
            }
        }

        return -1;
    }

    public void Put(int place, in CachedTranslation entry)
    {
        _entries[place] = entry;
        _valid[place / 64] |= 1UL << (place % 64);
    }

    /// <summary>Drops every translation that the invalidation means (less, in a faulty device).</summary>
    /// <param name="request">What is invalidated.</param>
    /// <param name="entriesPerWay">Places in one way.</param>
    /// <returns>True when there was one.</returns>
    public bool Invalidate(in Invalidation request, int entriesPerWay)
    {
        var isAny = false;
        if (fault == ModelFault.M79)
        {
            _valid.CopyTo(_before, 0);
        }

        for (var word = 0; word < _valid.Length; word++)
        {
            for (var left = _valid[word]; left != 0; left &= left - 1)
            {
                var place = 64 * word + BitOperations.TrailingZeroCount(left);
                ref var entry = ref _entries[place];
                var isMeant = request.Covers(entry.Range, entry.Context, entry.IsGlobal)
                    || (request.Range.Overlaps(entry.Range) && IsConfused(entry.Context, request.Context));
                if (!isMeant || IsMissed(request, entry, place, entriesPerWay))
                {
                    continue;
                }

                isAny = true;
                if (fault == ModelFault.M13 && entry.SizeShift > request.Range.SizeShift)
                {
                    Halve(ref entry, request.Range);
                    continue;
                }

                Drop(place, word);
            }
        }

        return isAny;
    }

    private bool IsValid(int place) => (_valid[place / 64] >> (place % 64) & 1) != 0;

    private bool IsConfused(Context held, Context asked) => fault switch
    {
        ModelFault.M24 => held.IsAlike(asked, ignored: 0xF0000),
        ModelFault.M26 => held.HasPasidZeroOrNone && asked.HasPasidZeroOrNone && held.Function == asked.Function,
        _ => false,
    };

    /// <summary>M13: keeps the upper half, but for a range that begins behind its first byte.</summary>
    private static void Halve(ref CachedTranslation entry, AtsRange range)
    {
        entry.SizeShift--;
        var half = 1UL << entry.SizeShift;
        var keepsUpper = (range.Base & ~entry.Compared) <= half;
        entry.Compared |= half;
        entry.Base |= keepsUpper ? half : 0;
        entry.Translated |= keepsUpper ? half : 0;
    }

    private bool IsMissed(in Invalidation request, in CachedTranslation entry, int place, int entriesPerWay)
    {
        var index = entriesPerWay - 1 - (place % entriesPerWay);
        return fault switch
        {
            ModelFault.M10 => index >= entriesPerWay / 2,
            ModelFault.M11 => entry.SizeShift > request.Range.SizeShift,
            ModelFault.M12 => entry.SizeShift > request.Range.SizeShift && !request.Range.Contains(entry.Base),
            ModelFault.M14 => place >= entriesPerWay,
            ModelFault.M17 => entry.IsPrefetched,
            ModelFault.M23 => !request.Context.HasPasid && entry.Context.HasPasid,
            ModelFault.M78 => index == entriesPerWay - 1,
            _ => false,
        };
    }

    private void Drop(int place, int word) => _valid[word] &= ~(1UL << (place % 64));
}
