using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Places for translations; where several hit, the first place counts.</summary>
internal sealed class TranslationArray(ModelFault fault, int size)
{
    private readonly CachedTranslation[] _entries = new CachedTranslation[size];
    private readonly ulong[] _valid = new ulong[(size + 63) / 64]; // bit i: place i holds a translation

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
                    && (need & ~entry.Access) == 0)
                {
                    return place;
                }
            }
        }

        return -1;
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
                if (entry.Base == range.Base && entry.SizeShift == range.SizeShift && entry.Context == context)
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
    /// <param name="first">The first place that is looked at.</param>
    /// <param name="last">The last one.</param>
    public void Invalidate(in Invalidation request, int first, int last)
    {
        for (var word = 0; word < _valid.Length; word++)
        {
            for (var left = _valid[word]; left != 0; left &= left - 1)
            {
                var place = 64 * word + BitOperations.TrailingZeroCount(left);
                ref readonly var entry = ref _entries[place];
                if (place >= first && place <= last
                    && request.Covers(entry.Range, entry.Context, entry.IsGlobal) && !IsMissed(request, entry))
                {
                    Drop(place, word);
                }
            }
        }
    }

    private bool IsMissed(in Invalidation request, in CachedTranslation entry) => fault switch
    {
        ModelFault.M11 => entry.SizeShift > request.Range.SizeShift,
        ModelFault.M12 => entry.SizeShift > request.Range.SizeShift && !request.Range.Contains(entry.Base),
        ModelFault.M23 => !request.Context.HasPasid && entry.Context.HasPasid,
        _ => false,
    };

    private void Drop(int place, int word) => _valid[word] &= ~(1UL << (place % 64));
}
