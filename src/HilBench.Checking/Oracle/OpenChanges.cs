using System.Runtime.InteropServices;

namespace HilBench.Checking;

/// <summary>
/// The changes of CPU operations under way, oldest first. Most TLPs meet none of them, and an operation may change
/// thousands of entries: two tables of counts say for sure that none can be meant.
/// </summary>
internal sealed class OpenChanges
{
    private const int PageShift = 12;
    private const int Places = 4096;
    private readonly List<OpenChange> _changes = [];
    private readonly int[] _ofVa = new int[Places];
    private readonly int[] _ofFrame = new int[Places];
    private int _large;

    /// <summary>All of them; valid until one is added or removed.</summary>
    public ReadOnlySpan<OpenChange> All => CollectionsMarshal.AsSpan(_changes);

    public void Clear()
    {
        _changes.Clear();
        Array.Clear(_ofVa);
        Array.Clear(_ofFrame);
        _large = 0;
    }

    public void Add(in OpenChange change)
    {
        _changes.Add(change);
        Count(in change, 1);
    }

    public void RemoveAt(int index)
    {
        Count(in CollectionsMarshal.AsSpan(_changes)[index], -1);
        _changes.RemoveAt(index);
    }

    /// <summary>False: no change overlaps these bytes of any address space.</summary>
    /// <param name="va">First byte.</param>
    /// <param name="bytes">How many, at least 1.</param>
    public bool MayOverlap(ulong va, int bytes)
    {
        if (_large > 0 || _changes.Count == 0)
        {
            return _large > 0;
        }

        // By number, not by address: the last page of all has no address behind it.
        var pages = ((va & ((1UL << PageShift) - 1)) + (ulong)bytes - 1) >> PageShift;
        for (ulong i = 0; i <= pages; i++)
        {
            if (_ofVa[PlaceOf((va >> PageShift) + i)] > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>False: no change took away what holds this byte of physical memory.</summary>
    public bool MayHold(ulong physical) => _large > 0 || _ofFrame[PlaceOf(physical >> PageShift)] > 0;

    private static int PlaceOf(ulong page) => (int)(page & (Places - 1));

    // A large page or a table covers more places than are worth counting.
    private void Count(in OpenChange change, int by)
    {
        if (change.Shift > PageShift)
        {
            _large += by;
            return;
        }

        _ofVa[PlaceOf(change.Address >> PageShift)] += by;
        _ofFrame[PlaceOf(change.Page.Value >> PageShift)] += by;
    }
}
