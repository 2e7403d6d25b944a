using System.Numerics;
using System.Runtime.InteropServices;

namespace HilBench.Checking;

/// <summary>
/// All translations that the device was given, found by either address in constant time for each block size in use.
/// Dead ones stay, until their place is needed, to explain a stale use.
/// </summary>
internal sealed class GrantTable
{
    /// <summary>Places at first, as a power of two: most runs need no more, and to clear many takes long.</summary>
    private const int FirstLog2 = 8;

    private readonly int _capacity;
    private readonly int[] _countOfShift = new int[65];
    private Grant[] _grants;
    private int[] _byVa;
    private int[] _byPa;
    private ulong _shifts;
    private int _cursor;
    private int _used;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacityLog2">Places, as a power of two. It begins with few, and doubles while it needs more.</param>
    public GrantTable(int capacityLog2)
    {
        _capacity = 1 << capacityLog2;
        var first = 1 << Math.Min(capacityLog2, FirstLog2);
        _grants = new Grant[first];
        _byVa = new int[first];
        _byPa = new int[first];
        Clear();
    }

    /// <summary>Places in use or used once: indexes of <see cref="At"/> are below it.</summary>
    public int Used => _used;

    /// <summary>Live translations that were forgotten because the table was full: checks may then miss nothing but may blame.</summary>
    public long Overflows { get; private set; }

    public ref Grant At(int index) => ref _grants[index];

    public void Clear()
    {
        Array.Clear(_grants);
        Array.Fill(_byVa, -1);
        Array.Fill(_byPa, -1);
        Array.Clear(_countOfShift);
        _shifts = 0;
        _cursor = 0;
        _used = 0;
        Overflows = 0;
    }

    /// <summary>Adds a live translation and returns its index.</summary>
    public int Add(in Grant grant)
    {
        var index = FreePlace();
        ref var place = ref _grants[index];
        place = grant;
        place.State = GrantState.Live;
        place.EndedBy = Grant.NoInvalidation;
        Link(index);
        _countOfShift[grant.Shift]++;
        _shifts |= 1UL << grant.Shift;
        return index;
    }

    /// <summary>Forgets a translation.</summary>
    public void Remove(int index)
    {
        ref var grant = ref _grants[index];
        Unlink(ref _byVa[BucketOf(grant.Va, grant.Shift, grant.Pasid)], index, isVa: true);
        Unlink(ref _byPa[BucketOf(grant.Pa, grant.Shift, 0)], index, isVa: false);
        if (--_countOfShift[grant.Shift] == 0)
        {
            _shifts &= ~(1UL << grant.Shift);
        }

        grant = default;
    }

    /// <summary>Walks the translations whose block covers a translated address.</summary>
    public PaEnumerator CoveringPa(ulong pa) => new(this, pa);

    /// <summary>Walks the translations of one PASID whose block covers an untranslated address.</summary>
    public VaEnumerator CoveringVa(ulong va, uint pasid) => new(this, va, pasid);

    private int BucketOf(ulong address, int shift, uint pasid)
    {
        var hash = ((address >> shift) + ((ulong)pasid << 40) + (ulong)shift) * 0x9E3779B97F4A7C15;
        return (int)(hash >> 50) & (_byVa.Length - 1);
    }

    private void Link(int index)
    {
        ref var grant = ref _grants[index];
        ref var va = ref _byVa[BucketOf(grant.Va, grant.Shift, grant.Pasid)];
        grant.NextByVa = va;
        va = index;
        ref var pa = ref _byPa[BucketOf(grant.Pa, grant.Shift, 0)];
        grant.NextByPa = pa;
        pa = index;
    }

    // Up to here every place was used once, in order: linked in that order they are found in the order of before.
    private void Grow()
    {
        Array.Resize(ref _grants, _grants.Length * 2);
        _byVa = new int[_grants.Length];
        _byPa = new int[_grants.Length];
        Array.Fill(_byVa, -1);
        Array.Fill(_byPa, -1);
        for (var index = 0; index < _used; index++)
        {
            if (_grants[index].State != GrantState.None)
            {
                Link(index);
            }
        }
    }

    private int FreePlace()
    {
        if (_used == _grants.Length && _cursor == 0 && _grants.Length < _capacity)
        {
            _cursor = _used;
            Grow();
        }

        var victim = -1;
        for (var tries = 0; tries < _grants.Length; tries++)
        {
            var index = _cursor;
            _cursor = (_cursor + 1) & (_grants.Length - 1);
            if (_grants[index].State == GrantState.None)
            {
                _used = Math.Max(_used, index + 1);
                return index;
            }

            if (_grants[index].State == GrantState.Dead)
            {
                victim = index;
                break;
            }
        }

        if (victim < 0)
        {
            Overflows++;
            victim = _cursor;
            _cursor = (_cursor + 1) & (_grants.Length - 1);
        }

        Remove(victim);
        return victim;
    }

    private void Unlink(ref int head, int index, bool isVa)
    {
        ref var link = ref head;
        while (link != index)
        {
            link = ref isVa ? ref _grants[link].NextByVa : ref _grants[link].NextByPa;
        }

        link = isVa ? _grants[index].NextByVa : _grants[index].NextByPa;
    }

    [StructLayout(LayoutKind.Auto)]
    internal ref struct PaEnumerator(GrantTable table, ulong pa)
    {
        private ulong _rest = table._shifts;
        private int _next = -1;
        private int _shift;

        public int Current { get; private set; }

        public readonly PaEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (true)
            {
                while (_next >= 0)
                {
                    Current = _next;
                    ref readonly var grant = ref table._grants[_next];
                    _next = grant.NextByPa;
                    if (grant.Shift == _shift && grant.CoversPa(pa))
                    {
                        return true;
                    }
                }

                if (_rest == 0)
                {
                    return false;
                }

                // Blocks of several sizes may share a bucket: each is walked with its own size only.
                _shift = BitOperations.TrailingZeroCount(_rest);
                _rest &= _rest - 1;
                _next = table._byPa[table.BucketOf(pa, _shift, 0)];
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    internal ref struct VaEnumerator(GrantTable table, ulong va, uint pasid)
    {
        private ulong _rest = table._shifts;
        private int _next = -1;
        private int _shift;

        public int Current { get; private set; }

        public readonly VaEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (true)
            {
                while (_next >= 0)
                {
                    Current = _next;
                    ref readonly var grant = ref table._grants[_next];
                    _next = grant.NextByVa;
                    if (grant.Shift == _shift && grant.Pasid == pasid && grant.CoversVa(va))
                    {
                        return true;
                    }
                }

                if (_rest == 0)
                {
                    return false;
                }

                // Blocks of several sizes may share a bucket: each is walked with its own size only.
                _shift = BitOperations.TrailingZeroCount(_rest);
                _rest &= _rest - 1;
                _next = table._byVa[table.BucketOf(va, _shift, pasid)];
            }
        }
    }
}
