using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// The Address Translation Cache, any size from 4 KiB to 1 GiB in any place, and in front of it a micro-TLB for each
/// engine. Source: docs/exerciser.md, "Address Translation Cache".
/// </summary>
internal sealed class TranslationCache
{
    public const int MaxSizeShift = 30;
    public const int Engines = 2;

    private readonly ModelFault _fault;
    private readonly bool _comparesWrongly;
    private readonly int _ways;
    private readonly int _entriesPerWay;
    private readonly int _microEntries;

    // Way by way, the highest index of a way first.
    private readonly TranslationArray _shared;
    private readonly TranslationArray[] _micro = new TranslationArray[Engines];
    private readonly int[] _microTurn = new int[Engines];
    private int _turn; // the next place, counted through the ways of index 0, then of index 1, ...
    private ulong _invalidatedAt = Cycle.Never; // M79

    // M15: the page that hit last, and where it is.
    private ulong _bypassPage = ulong.MaxValue;
    private CachedTranslation _bypass;

    public TranslationCache(ModelFault fault, ModelParameters parameters)
    {
        _fault = fault;
        _comparesWrongly =
            fault is ModelFault.M09 or ModelFault.M24 or ModelFault.M26 or ModelFault.M53 or ModelFault.M60;
        _ways = parameters.Ways;
        _entriesPerWay = parameters.EntriesPerWay;
        _microEntries = parameters.MicroEntries;
        _shared = new TranslationArray(fault, Entries);
        for (var engine = 0; engine < Engines; engine++)
        {
            _micro[engine] = new TranslationArray(ModelFault.None, _microEntries);
        }
    }

    public int Entries => _ways * _entriesPerWay;

    public void Clear()
    {
        _shared.Clear();
        _turn = 0;
        _bypassPage = ulong.MaxValue;
        for (var engine = 0; engine < Engines; engine++)
        {
            _micro[engine].Clear();
            _microTurn[engine] = 0;
        }
    }

    /// <summary>Drops every entry of a function; the turns stay.</summary>
    public void Drop(int function)
    {
        _bypassPage = ulong.MaxValue;
        _shared.Drop(function);
        foreach (var micro in _micro)
        {
            micro.Drop(function);
        }
    }

    /// <summary>Finds a translation that grants <paramref name="need"/>, in the engine's own copies first.</summary>
    public bool TryLookup(
        int engine, ulong address, Context context, TranslationFlags need, out CachedTranslation found)
    {
        var micro = _micro[engine];
        var place = micro.Find(address, context, need);
        if (place >= 0)
        {
            found = micro[place];
            return true;
        }

        if (_fault == ModelFault.M15 && address >> 12 == _bypassPage && _bypass.Context == context
            && (need & ~_bypass.Access) == 0)
        {
            found = _bypass;
            return true;
        }

        place = _comparesWrongly ? _shared.FindWrongly(address, context, need) : _shared.Find(address, context, need);
        if (place < 0)
        {
            found = default;
            return false;
        }

        found = _fault == ModelFault.M60 ? _shared[place].CountedFromBegin(address) : _shared[place];
        if (_fault == ModelFault.M15)
        {
            (_bypassPage, _bypass) = (address >> 12, found);
        }

        if (_microEntries > 0)
        {
            micro.Put(_microTurn[engine], found);
            _microTurn[engine] = (_microTurn[engine] + 1) % _microEntries;
        }

        return true;
    }

    /// <summary>True when the ATC has the page, whatever it permits.</summary>
    public bool Holds(ulong address, Context context) => _shared.Find(address, context, TranslationFlags.None) >= 0;

    /// <summary>
    /// Stores a translation over the one of the same range and context, its copies included, else at the next place in
    /// turn.
    /// </summary>
    public void Fill(CachedTranslation entry, ulong now)
    {
        foreach (var micro in _micro)
        {
            var copy = micro.FindSame(entry.Range, entry.Context);
            if (copy >= 0)
            {
                micro.Put(copy, entry);
            }
        }

        var place = _shared.FindSame(entry.Range, entry.Context);
        if (_fault == ModelFault.M54 && _shared.FindFormer(entry.Range, entry.Context) is >= 0 and var former)
        {
            place = former;
            entry.Access |= _shared[former].Access;
        }

        place = place >= 0 ? place : NextPlace();
        if (_fault == ModelFault.M79 && now == _invalidatedAt + 1)
        {
            _shared.Restore(place, _entriesPerWay);
        }

        _shared.Put(place, entry);
    }

    /// <summary>Drops every translation that the invalidation means (less, in a faulty device).</summary>
    /// <returns>True when the ATC had one.</returns>
    public bool Invalidate(Invalidation request, ulong now)
    {
        if (_fault == ModelFault.M82)
        {
            request = request with { Context = request.Context.Of(function: 0) };
        }

        _invalidatedAt = now;
        var isAny = _shared.Invalidate(request, _entriesPerWay);
        var engines = _fault == ModelFault.M16 ? 1 : Engines;
        for (var engine = 0; engine < engines && _microEntries > 0; engine++)
        {
            _micro[engine].Invalidate(request, _microEntries);
        }

        return isAny;
    }

    private int NextPlace()
    {
        var (way, index) = (_turn % _ways, _turn / _ways);
        _turn = (_turn + 1) % Entries;
        return way * _entriesPerWay + (_entriesPerWay - 1 - index);
    }
}
