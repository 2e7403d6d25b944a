using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The Address Translation Cache: 64 entries in 4 ways of 16, any size from 4 KiB to 1 GiB in any place.
/// Source: docs/exerciser.md.
/// </summary>
internal sealed class TranslationCache(ModelFault fault)
{
    public const int Ways = 4;
    public const int EntriesPerWay = 16;
    public const int MaxSizeShift = 30;

    // Way by way, the highest index of a way first: where entries of several sizes hit, the first one found counts.
    private readonly Entry[] _entries = new Entry[Ways * EntriesPerWay];
    private ulong _valid; // bit i: _entries[i] holds a translation
    private int _turn;    // the next place: way in bits 1:0, index above

    public void Clear()
    {
        _valid = 0;
        _turn = 0;
    }

    /// <summary>Drops every entry; the turn stays.</summary>
    public void Drop() => _valid = 0;

    /// <summary>Finds an entry that grants <paramref name="need"/> (R, W).</summary>
    public bool TryLookup(
        ulong address, Context context, TranslationFlags need, out ulong translated, out AtsRange range)
    {
        for (var left = _valid; left != 0; left &= left - 1)
        {
            ref readonly var entry = ref _entries[BitOperations.TrailingZeroCount(left)];
            if (((address ^ entry.Base) & entry.Compared) == 0 && entry.Context == context
                && (need & ~entry.Access) == 0)
            {
                translated = entry.Translated | (address & ~entry.Compared);
                range = new AtsRange(entry.Base, entry.SizeShift);
                return true;
            }
        }

        translated = 0;
        range = default;
        return false;
    }

    /// <summary>
    /// Stores a translation over the one of the same range and PASID, else at the next place in turn.
    /// </summary>
    public void Fill(AtsRange range, Context context, ulong translated, TranslationFlags access)
    {
        var place = PlaceOf(range, context);
        if (place < 0)
        {
            var (way, index) = (_turn % Ways, _turn / Ways);
            place = way * EntriesPerWay + (EntriesPerWay - 1 - index);
            _turn = (_turn + 1) % _entries.Length;
        }

        _entries[place] = new Entry
        {
            Base = range.Base,
            Compared = ulong.MaxValue << range.SizeShift,
            Translated = translated,
            Context = context,
            Access = access,
            SizeShift = (byte)range.SizeShift,
        };
        _valid |= 1UL << place;
    }

    /// <summary>Drops every entry that the invalidation means (less, in a faulty device).</summary>
    public void Invalidate(in Invalidation request)
    {
        if (fault == ModelFault.M01)
        {
            return;
        }

        var ways = fault == ModelFault.M14 ? ulong.MaxValue >> (64 - EntriesPerWay) : ulong.MaxValue;
        for (var left = _valid & ways; left != 0; left &= left - 1)
        {
            var place = BitOperations.TrailingZeroCount(left);
            ref readonly var entry = ref _entries[place];
            var range = new AtsRange(entry.Base, entry.SizeShift);
            if (request.Covers(range, entry.Context) && !IsMissed(request, range, entry.Context))
            {
                _valid &= ~(1UL << place);
            }
        }
    }

    private bool IsMissed(in Invalidation request, AtsRange range, Context context) => fault switch
    {
        ModelFault.M11 => range.SizeShift > request.Range.SizeShift,
        ModelFault.M12 => range.SizeShift > request.Range.SizeShift && !request.Range.Contains(range.Base),
        ModelFault.M23 => !request.Context.HasPasid && context.HasPasid,
        _ => false,
    };

    private int PlaceOf(AtsRange range, Context context)
    {
        for (var left = _valid; left != 0; left &= left - 1)
        {
            var place = BitOperations.TrailingZeroCount(left);
            ref readonly var entry = ref _entries[place];
            if (entry.Base == range.Base && entry.SizeShift == range.SizeShift && entry.Context == context)
            {
                return place;
            }
        }

        return -1;
    }

    private struct Entry
    {
        public ulong Base;
        public ulong Compared; // address bits that take part in the compare
        public ulong Translated;
        public Context Context;
        public TranslationFlags Access;
        public byte SizeShift;
    }
}
