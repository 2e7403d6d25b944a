using System.Numerics;

namespace HilBench.Checking;

/// <summary>
/// Finds the most specific rule that a stale use breaks. The wire shows that an ended translation was used; which
/// mistake of the device that is follows from how the translation came about and how it was ended.
/// </summary>
internal sealed class StaleUseBlame
{
    /// <summary>Fill and invalidation met when they reached the device within this many cycles of one another.</summary>
    private const ulong MeetingCycles = 4;
    private const ulong FourGiB = 1UL << 32;
    private readonly ShadowAtc _atc;
    private readonly CommandTable _commands;
    private readonly CheckContext _context;
    private readonly RuleCounter _gone;
    private readonly RuleCounter _larger;
    private readonly RuleCounter _granularity;
    private readonly RuleCounter _size;
    private readonly RuleCounter _everything;
    private readonly RuleCounter _addressBits;
    private readonly RuleCounter _copies;
    private readonly RuleCounter _inFlight;
    private readonly RuleCounter _meeting;
    private readonly RuleCounter _grantedSize;
    private readonly RuleCounter _severalEntries;
    private readonly RuleCounter _pasid;
    private readonly RuleCounter _withoutPasid;
    private readonly RuleCounter _global;
    private readonly RuleCounter _pasidBits;
    private readonly RuleCounter _writesOvertaken;
    private readonly RuleCounter _longTransfer;
    private readonly RuleCounter _replaced;
    private readonly RuleCounter _afterCompletion;
    private readonly RuleCounter _tooLate;
    private readonly RuleCounter _resurrected;
    private readonly RuleCounter _allOnes;
    private readonly RuleCounter _globalIgnored;
    private readonly RuleCounter _globalEntry;
    private readonly RuleCounter _variants;
    private readonly RuleCounter _byteOrder;
    private readonly RuleCounter _ownFunction;
    private readonly LifeCycleRuleSet _lifeCycle;
    private readonly RuleCounter _tornDown;
    private readonly RuleCounter _reused;
    private readonly RuleCounter _queued;
    private readonly RuleCounter _startedAfter;
    private readonly RuleCounter _perClass;
    private readonly RuleCounter _duringPageRequest;

    public StaleUseBlame(CheckContext context, ShadowAtc atc, CommandTable commands)
    {
        _context = context;
        _atc = atc;
        _commands = commands;
        var rules = context.Rules;
        _gone = rules["ATS-INV-001"];
        _larger = rules["ATS-INV-002"];
        _granularity = rules["ATS-INV-003"];
        _size = rules["ATS-INV-005"];
        _everything = rules["ATS-INV-006"];
        _addressBits = rules["ATS-INV-008"];
        _copies = rules["ATS-INV-009"];
        _inFlight = rules["ATS-INV-010"];
        _meeting = rules["ATS-INV-011"];
        _grantedSize = rules["ATS-INV-012"];
        _severalEntries = rules["ATS-INV-013"];
        _pasid = rules["ATS-INV-014"];
        _withoutPasid = rules["ATS-INV-015"];
        _global = rules["ATS-INV-016"];
        _pasidBits = rules["ATS-INV-019"];
        _writesOvertaken = rules["ATS-ORD-001"];
        _longTransfer = rules["ATS-ORD-006"];
        _replaced = rules["ATS-CPL-026"];
        _afterCompletion = rules["ATS-TRN-003"];
        _tooLate = rules["ATS-CPL-023"];
        _resurrected = rules["ATS-CPL-027"];
        _allOnes = rules["ATS-INV-007"];
        _globalIgnored = rules["ATS-INV-017"];
        _globalEntry = rules["ATS-INV-021"];
        _ownFunction = rules["ATS-INV-022"];
        _variants = rules["ATS-INV-023"];
        _byteOrder = rules["ATS-MAL-005"];
        _lifeCycle = new LifeCycleRuleSet(rules);
        _tornDown = rules["ATS-PAS-006"];
        _reused = rules["ATS-PAS-007"];
        _queued = rules["ATS-ORD-004"];
        _startedAfter = rules["ATS-ORD-005"];
        _perClass = rules["ATS-ORD-003"];
        _duringPageRequest = rules["ATS-PRI-020"];
    }

    /// <summary>Judges the use of a dead translation.</summary>
    public Blame Judge(in Grant grant, bool isWrite, ulong pa, ulong time)
    {
        var va = grant.Va + (pa - grant.Pa);
        var what = isWrite ? "write" : "read";
        if (_lifeCycle.Find(grant.EndedBy) is { } ended)
        {
            return new Blame(ended, $"translated {what} of 0x{pa:x}: since the device was given this translation, {LifeCycleRuleSet.CauseOf(grant.EndedBy)}", va, []);
        }

        if (grant.EndedBy == Grant.TooLate)
        {
            return new Blame(_tooLate, $"translated {what} of 0x{pa:x}: the device had given the request up when this translation came", va, []);
        }

        if (!_atc.TryGetInvalidation(grant.EndedBy, out var invalidation))
        {
            return new Blame(_replaced, $"translated {what} of 0x{pa:x}: a later translation of the block had replaced this one", va, []);
        }

        var rule = Find(in grant, in invalidation, isWrite, va);
        var size = SizeText(grant.Shift);
        var reason =
            $"translated {what} of 0x{pa:x} at cycle {time} uses the {size} translation of 0x{grant.Va:x}, " +
            $"which the device had declared gone at cycle {invalidation.CompletedAt} (ITag {invalidation.Tag}, {SizeText(invalidation.Range.SizeShift)} at 0x{invalidation.Range.Base:x})";
        return new Blame(rule, reason, va, [invalidation.RequestLine, invalidation.CompletionLine]);
    }

    /// <summary>
    /// Looks for an ended translation of an address that leads to given data: where another context may use the frame,
    /// only the data shows that the old translation was used.
    /// </summary>
    public bool TryExplain(in CommandRecord command, Func<ulong, bool> holdsData, ulong time, out Blame blame)
    {
        foreach (var index in _atc.Grants.CoveringVa(command.Va, command.Pasid))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            var pa = grant.Pa + (command.Va - grant.Va);
            if (grant.State == GrantState.Dead && holdsData(pa))
            {
                blame = Judge(in grant, command.IsWrite, pa, time);
                blame = blame with { Lines = [.. blame.Lines, grant.RequestLine, grant.AnswerLine] };
                return true;
            }
        }

        blame = default;
        return false;
    }

    /// <summary>The device asks again for a page whose translation ended: the rules that a stale use would break held.</summary>
    public void CountAskedAgain(ulong va, uint pasid)
    {
        foreach (var index in _atc.Grants.CoveringVa(va, pasid))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            _tooLate.Checked += grant.State == GrantState.Dead && grant.EndedBy == Grant.TooLate ? 1 : 0;
            if (grant.State == GrantState.Dead && _lifeCycle.Find(grant.EndedBy) is { } ended)
            {
                ended.Checked++;
            }

            if (grant.State == GrantState.Dead && _atc.TryGetInvalidation(grant.EndedBy, out var invalidation))
            {
                Lookup(in grant, in invalidation).Checked++;
                _afterCompletion.Checked++;
            }
        }
    }

    /// <summary>An invalidation ended: the rules about running operations were put to the test where one runs in the range.</summary>
    public void CountDraining(in Invalidation invalidation)
    {
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            ref readonly var command = ref _commands[BitOperations.TrailingZeroCount(rest)];
            if (command.Record.Function != _context.Function.Id.Function ||
                (invalidation.Pasid != Grant.NoPasid && command.Record.Pasid != invalidation.Pasid))
            {
                continue;
            }

            if (invalidation.Range.Contains(command.Record.Va))
            {
                _longTransfer.Checked += command.Record.LengthBytes > 128 ? 1 : 0;
                _writesOvertaken.Checked += command.Record.IsWrite ? 1 : 0;
                _queued.Checked += command.Record.IsWrite && _context.Function.IsTransmitBlocked ? 1 : 0;
                _startedAfter.Checked += _context.Function.IsTransmitBlocked ? 1 : 0;
                _perClass.Checked += (invalidation.ClassesInUse & (invalidation.ClassesInUse - 1)) != 0 && command.Record.IsWrite ? 1 : 0;
            }
        }
    }

    /// <summary>Whether an operation was started in the range after the device had taken the invalidation.</summary>
    public bool IsWorkStarted(in Invalidation invalidation)
    {
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            ref readonly var command = ref _commands[BitOperations.TrailingZeroCount(rest)];
            if (command.Record.Function == _context.Function.Id.Function && command.StartedAt > invalidation.DeliveredAt &&
                invalidation.Range.Contains(command.Record.Va))
            {
                return true;
            }
        }

        return false;
    }

    private RuleCounter Find(in Grant grant, in Invalidation invalidation, bool isWrite, ulong va)
    {
        if (IsInFlight(in grant, in invalidation))
        {
            return Lookup(in grant, in invalidation);
        }

        var slot = _commands.FindCovering(va, grant.Pasid, isWrite, _context.Function.Id.Function);
        if (slot < 0 || _commands[slot].StartedAt > invalidation.SentAt)
        {
            return Lookup(in grant, in invalidation);
        }

        // The operation was under way when the invalidation was sent: did it go on, or were its writes overtaken?
        return isWrite
            ? _context.Prefer(
                [_longTransfer, _writesOvertaken, _queued, _perClass, _startedAfter, Lookup(in grant, in invalidation)])
            : _context.Prefer([_longTransfer, _startedAfter, Lookup(in grant, in invalidation)]);
    }

    // Whose memory it is now says more than how the translation was ended.
    private RuleCounter? FindOwner(in Grant grant, in Invalidation invalidation)
    {
        var owner = _context.Function.AddressSpaceOf(grant.Pasid);
        return grant.MmId == 0 || owner == grant.MmId || invalidation.Range.SizeShift < 64 ? null : owner == 0 ? _tornDown : _reused;
    }

    private RuleCounter Lookup(in Grant grant, in Invalidation invalidation)
    {
        if (FindOwner(in grant, in invalidation) is { } ofOwner)
        {
            return ofOwner;
        }

        if (invalidation.IsPoweredDown)
        {
            return _lifeCycle.PoweredDown;
        }

        if (!invalidation.IsBusMaster)
        {
            return _lifeCycle.BusMaster;
        }

        if (invalidation.HasPageRequests)
        {
            return _context.Prefer([_duringPageRequest, LookupCopy(in grant, in invalidation)]);
        }

        return LookupCopy(in grant, in invalidation);
    }

    private RuleCounter LookupCopy(in Grant grant, in Invalidation invalidation)
    {
        if (IsInFlight(in grant, in invalidation))
        {
            var apart = grant.DeliveredAt > invalidation.DeliveredAt
                ? grant.DeliveredAt - invalidation.DeliveredAt
                : invalidation.DeliveredAt - grant.DeliveredAt;
            return grant.EntryCount > 1 && grant.EntryIndex > 0 ? _severalEntries
                : !invalidation.Range.Contains(grant.AskedVa) ? _grantedSize
                : apart <= MeetingCycles ? _meeting
                : _inFlight;
        }

        if (invalidation.MalformedRule is { } malformed)
        {
            return malformed;
        }

        if (_context.Function.Layout.Function.Function > 0 && _context.Prefer([_gone, _ownFunction]) == _ownFunction)
        {
            return _ownFunction;
        }

        if (invalidation.Pasid == Grant.NoPasid && grant.Pasid != Grant.NoPasid)
        {
            return _withoutPasid;
        }

        if (invalidation.Pasid != grant.Pasid)
        {
            return grant.IsGlobal && !invalidation.IsGlobal ? _globalEntry : _global;
        }

        if (invalidation.HasGlobalBit && !invalidation.IsGlobal)
        {
            return _globalIgnored;
        }

        if (invalidation.Range.SizeShift == 64)
        {
            return invalidation.IsAllOnes ? _allOnes : _everything;
        }

        if (grant.Shift > invalidation.Range.SizeShift)
        {
            return _context.Prefer([_larger, _resurrected]);
        }

        if (invalidation.Range.SizeShift > 12)
        {
            return _context.Prefer([_size, _byteOrder]);
        }

        var isVariant = grant.IsPrivileged || grant.CanExecute || !grant.CanRead || !grant.CanWrite;
        if (isVariant)
        {
            return _context.Prefer([_gone, _copies, _variants, _granularity, _byteOrder, _pasid, _pasidBits]);
        }

        return _context.Prefer(grant.Va >= FourGiB
            ? [_gone, _copies, _granularity, _addressBits, _byteOrder, _pasid, _pasidBits]
            : [_gone, _copies, _granularity, _byteOrder, _pasid, _pasidBits]);
    }

    // The request was out, or its answer just arriving, when the invalidation reached the device.
    private static bool IsInFlight(in Grant grant, in Invalidation invalidation) =>
        grant.DeliveredAt == ulong.MaxValue || grant.DeliveredAt + MeetingCycles > invalidation.DeliveredAt;

    private static string SizeText(int shift) => shift switch
    {
        < 20 => $"{1 << (shift - 10)} KiB",
        < 30 => $"{1 << (shift - 20)} MiB",
        < 40 => $"{1 << (shift - 30)} GiB",
        64 => "whole-space",
        _ => $"2^{shift}-byte",
    };

    /// <summary>The verdict on a stale use.</summary>
    /// <param name="Rule">The most specific rule.</param>
    /// <param name="Reason">One sentence.</param>
    /// <param name="Va">The untranslated address of the access.</param>
    /// <param name="Lines">Journal lines of the invalidation.</param>
    internal readonly record struct Blame(RuleCounter Rule, string Reason, ulong Va, ulong[] Lines);
}
