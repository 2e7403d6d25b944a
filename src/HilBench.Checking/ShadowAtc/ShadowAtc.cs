namespace HilBench.Checking;

/// <summary>
/// The set of translations that the device may hold at this moment. A translation enters it when the agent answers, and
/// leaves it when the device completes an Invalidate Request that matches.
/// </summary>
/// <param name="memoryLog2">How many translations are remembered, as a power of two; a quarter as many invalidations.</param>
internal sealed class ShadowAtc(int memoryLog2)
{
    /// <summary>Places for invalidations at first: most runs need no more.</summary>
    private const int FirstHistory = 256;

    private readonly int _historyMax = 1 << memoryLog2 >> 2;
    private Invalidation[] _history = new Invalidation[Math.Min(1 << memoryLog2 >> 2, FirstHistory)];
    private readonly GrantTable _grants = new(memoryLog2);
    private bool _hasGlobalGrants;
    private uint _outstanding; // bit i: the invalidation with ITag i
    private ulong _lastEnd;    // of an invalidation

    /// <summary>All translations, live and remembered.</summary>
    public GrantTable Grants => _grants;

    /// <summary>Of each traffic class: bit i: the class's completion for the outstanding ITag i has come, others are to come.</summary>
    public uint[] CompletedInClass { get; } = new uint[8];

    /// <summary>Which kinds of meeting between invalidations and translations were seen.</summary>
    public InvalidationCoverage Coverage { get; } = new();

    /// <summary>Invalidations completed since the start.</summary>
    public long Completed { get; private set; }

    /// <summary>Forgets everything: after a reset of the device.</summary>
    public void Clear()
    {
        _grants.Clear();
        _hasGlobalGrants = false;
        _outstanding = 0;
        _lastEnd = 0;
        Completed = 0;
    }

    /// <summary>Enters a translation that was just granted.</summary>
    public int Add(in Grant grant)
    {
        ForgetEqual(in grant);
        _hasGlobalGrants |= grant.IsGlobal;
        return _grants.Add(in grant);
    }

    /// <summary>
    /// A granted translation reached the device: from now on it replaces an earlier one of the same block. One that an
    /// outstanding invalidation ends stays usable until that is complete: reads may leave the device out of order.
    /// </summary>
    /// <returns>How many it replaced.</returns>
    public int Delivered(int index, ulong time)
    {
        ref var grant = ref _grants.At(index);
        grant.DeliveredAt = time;
        var va = grant.Va;
        var shift = grant.Shift;
        var pasid = grant.Pasid;
        var isPrivileged = grant.IsPrivileged;
        var replaced = 0;

        // An answer that met an invalidation may be dropped as a whole, what the invalidation does not name, too.
        var mayBeDropped = _outstanding != 0 || _lastEnd > grant.AskedAt;
        foreach (var other in _grants.CoveringVa(va, pasid))
        {
            ref var older = ref _grants.At(other);
            if (other != index && older.Shift == shift && older.IsPrivileged == isPrivileged && older.State == GrantState.Live && older.KillTags == 0 &&
                older.GrantedAt <= grant.GrantedAt)
            {
                // Of two that were asked for at once nothing says which is the later: answers may pass each other. Until an
                // invalidation the device may keep the one that permits more.
                if (!older.IsWithin(in grant) && (older.DeliveredAt > grant.AskedAt || mayBeDropped))
                {
                    continue;
                }

                // What had begun before may still be on its way under the older one: nothing has ended that.
                older.State = older.IsWithin(in grant) ? GrantState.Dead : GrantState.Live;
                older.ReplacedAt = older.ReplacedAt == 0 ? time : older.ReplacedAt;
                replaced++;
            }
        }

        return replaced;
    }

    /// <summary>An Invalidate Request went out: marks what it matches. Returns how many that are.</summary>
    public int Mark(in Invalidation invalidation)
    {
        var matched = 0;
        _outstanding |= 1u << invalidation.Tag;
        var walk = _grants.CoveringVa(invalidation.Range.Base, invalidation.Pasid);
        for (var index = NextCandidate(in invalidation, -1, ref walk); index >= 0; index = NextCandidate(in invalidation, index, ref walk))
        {
            ref var grant = ref _grants.At(index);
            if (grant.State == GrantState.Live && invalidation.Matches(in grant))
            {
                grant.KillTags |= 1u << invalidation.Tag;
                matched++;
                Coverage.Count(in invalidation, in grant);
            }
        }

        return matched;
    }

    /// <summary>The device completed an Invalidate Request: what it matched is dead. Returns its place in the history.</summary>
    public long End(in Invalidation invalidation)
    {
        var id = Completed++;
        if (id == _history.Length && id < _historyMax)
        {
            Array.Resize(ref _history, _history.Length * 2);
        }

        _history[id & (_history.Length - 1)] = invalidation;
        var bit = 1u << invalidation.Tag;
        _outstanding &= ~bit;
        _lastEnd = invalidation.CompletedAt;
        var walk = _grants.CoveringVa(invalidation.Range.Base, invalidation.Pasid);
        for (var index = NextCandidate(in invalidation, -1, ref walk); index >= 0; index = NextCandidate(in invalidation, index, ref walk))
        {
            ref var grant = ref _grants.At(index);
            if ((grant.KillTags & bit) == 0)
            {
                continue;
            }

            grant.KillTags &= ~bit;
            grant.EndedBy = grant.State == GrantState.Live ? id : grant.EndedBy;
            grant.State = GrantState.Dead;
        }

        return id;
    }

    /// <summary>An invalidation that is still remembered.</summary>
    public bool TryGetInvalidation(long id, out Invalidation invalidation)
    {
        var isKept = id >= 0 && id < Completed && id >= Completed - _history.Length;
        invalidation = isKept ? _history[id & (_history.Length - 1)] : default;
        return isKept;
    }

    /// <summary>Ends everything without an invalidation.</summary>
    /// <param name="cause">One of the causes of <see cref="Grant.EndedBy"/>.</param>
    /// <param name="onlyPasids">Only what has a PASID.</param>
    public void EndAll(long cause, bool onlyPasids = false)
    {
        for (var index = 0; index < _grants.Used; index++)
        {
            ref var grant = ref _grants.At(index);
            if (grant.State == GrantState.Live && (!onlyPasids || grant.Pasid != Grant.NoPasid))
            {
                grant.State = GrantState.Dead;
                grant.EndedBy = cause == Grant.AtsOff && grant.DeliveredAt == ulong.MaxValue ? Grant.AtsOffInFlight : cause;
            }
        }
    }

    /// <summary>A reset of the function: ends everything, and no invalidation is outstanding any more.</summary>
    /// <param name="cause">One of the causes of <see cref="Grant.EndedBy"/>.</param>
    public void Reset(long cause)
    {
        EndAll(cause);
        _outstanding = 0;
    }

    /// <summary>Ends one translation, for a cause of <see cref="Grant.EndedBy"/>.</summary>
    public void Kill(int index, long cause)
    {
        ref var grant = ref _grants.At(index);
        grant.State = GrantState.Dead;
        grant.EndedBy = cause;
    }

    /// <summary>The STU was changed: what ended with ATS Enable ended with that, too.</summary>
    public void Relabel(long from, long to)
    {
        for (var index = 0; index < _grants.Used; index++)
        {
            ref var grant = ref _grants.At(index);
            grant.EndedBy = grant.State == GrantState.Dead && grant.EndedBy == from ? to : grant.EndedBy;
        }
    }

    /// <summary>Whether a live translation of this address is one that the outstanding invalidation with this ITag ends.</summary>
    public bool IsMarked(ulong pa, byte tag)
    {
        foreach (var index in _grants.CoveringPa(pa))
        {
            ref readonly var grant = ref _grants.At(index);
            if (grant.State == GrantState.Live && (grant.KillTags >> tag & 1) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The live translation that permits an access; -1 when none does.</summary>
    /// <param name="pa">First byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="isWrite">Write or atomic.</param>
    /// <param name="notEndedBy">Bit i: one that the outstanding invalidation with ITag i ends does not count.</param>
    public int FindPermitting(ulong pa, int bytes, bool isWrite, uint notEndedBy = 0) =>
        Find(pa, bytes, isWrite, isReplaced: false, notEndedBy);

    /// <summary>A translation that would permit an access, had not a later one replaced it; -1: none.</summary>
    /// <param name="pa">First byte.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="isWrite">Write or atomic.</param>
    public int FindReplaced(ulong pa, int bytes, bool isWrite) => Find(pa, bytes, isWrite, isReplaced: true, notEndedBy: 0);

    private int Find(ulong pa, int bytes, bool isWrite, bool isReplaced, uint notEndedBy)
    {
        foreach (var index in _grants.CoveringPa(pa))
        {
            ref readonly var grant = ref _grants.At(index);
            if (grant.State == GrantState.Live && grant.ReplacedAt != 0 == isReplaced && !grant.IsUntranslatedOnly && (grant.KillTags & notEndedBy) == 0 &&
                (isWrite ? grant.CanWrite : grant.CanRead) && grant.CoversPa(pa + (ulong)bytes - 1))
            {
                return index;
            }
        }

        return -1;
    }

    // A remembered translation of the same block to the same place says nothing that the new one does not say.
    private void ForgetEqual(in Grant grant)
    {
        var dead = -1;
        foreach (var index in _grants.CoveringVa(grant.Va, grant.Pasid))
        {
            ref readonly var other = ref _grants.At(index);
            if (other.State == GrantState.Dead && other.Shift == grant.Shift && other.Pa == grant.Pa)
            {
                dead = index;
                break;
            }
        }

        if (dead >= 0)
        {
            _grants.Remove(dead);
        }
    }

    // A small invalidation of one PASID can only match blocks that cover it: those are looked up. Otherwise all are tried,
    // also when some translation was granted with the Global bit: it matches invalidations of every PASID.
    private int NextCandidate(in Invalidation invalidation, int after, ref GrantTable.VaEnumerator walk)
    {
        if (invalidation.Range.SizeShift == 12 && !invalidation.IsGlobal && invalidation.Pasid != Grant.NoPasid && !_hasGlobalGrants)
        {
            return walk.MoveNext() ? walk.Current : -1;
        }

        return after + 1 < _grants.Used ? after + 1 : -1;
    }
}
