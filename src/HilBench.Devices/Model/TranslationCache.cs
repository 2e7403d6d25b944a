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
    private readonly int _ways;
    private readonly int _entriesPerWay;
    private readonly int _microEntries;

    // Way by way, the highest index of a way first.
    private readonly TranslationArray _shared;
    private readonly TranslationArray[] _micro = new TranslationArray[Engines];
    private readonly int[] _microTurn = new int[Engines];
    private int _turn; // the next place, counted through the ways of index 0, then of index 1, ...

    public TranslationCache(ModelFault fault, ModelParameters parameters)
    {
        _fault = fault;
        _ways = parameters.Ways;
        _entriesPerWay = parameters.EntriesPerWay;
        _microEntries = parameters.MicroEntries;
        _shared = new TranslationArray(fault, Entries);
        for (var engine = 0; engine < Engines; engine++)
        {
            _micro[engine] = new TranslationArray(fault, _microEntries);
        }
    }

    public int Entries => _ways * _entriesPerWay;

    public void Clear()
    {
        _shared.Clear();
        _turn = 0;
        for (var engine = 0; engine < Engines; engine++)
        {
            _micro[engine].Clear();
            _microTurn[engine] = 0;
        }
    }

    /// <summary>Drops every entry of a function; the turns stay.</summary>
    public void Drop(int function)
    {
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

        place = _shared.Find(address, context, need);
        if (place < 0)
        {
            found = default;
            return false;
        }

        found = _shared[place];
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
    public void Fill(in CachedTranslation entry)
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
        _shared.Put(place >= 0 ? place : NextPlace(), entry);
    }

    /// <summary>Drops every translation that the invalidation means (less, in a faulty device).</summary>
    public void Invalidate(in Invalidation request)
    {
        if (_fault == ModelFault.M01)
        {
            return;
        }

        var last = _fault == ModelFault.M14 ? _entriesPerWay - 1 : Entries - 1;
        _shared.Invalidate(request, 0, last);
        var engines = _fault == ModelFault.M16 ? 1 : Engines;
        for (var engine = 0; engine < engines; engine++)
        {
            _micro[engine].Invalidate(request, 0, _microEntries - 1);
        }
    }

    private int NextPlace()
    {
        var (way, index) = (_turn % _ways, _turn / _ways);
        _turn = (_turn + 1) % Entries;
        return way * _entriesPerWay + (_entriesPerWay - 1 - index);
    }
}
