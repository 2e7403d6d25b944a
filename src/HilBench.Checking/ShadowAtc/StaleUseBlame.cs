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
    private readonly RuleCounter _atsOff;
    private readonly RuleCounter _afterCompletion;

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
        _atsOff = rules["ATS-LIF-001"];
        _afterCompletion = rules["ATS-TRN-003"];
    }

    /// <summary>Judges the use of a dead translation.</summary>
    public Blame Judge(in Grant grant, bool isWrite, ulong pa, ulong time)
    {
        var va = grant.Va + (pa - grant.Pa);
        var what = isWrite ? "write" : "read";
        if (grant.EndedBy == Grant.AtsOff)
        {
            return new Blame(_atsOff, $"translated {what} of 0x{pa:x}: ATS was off since the device was given this translation", va, []);
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
            _atsOff.Checked += grant.State == GrantState.Dead && grant.EndedBy == Grant.AtsOff ? 1 : 0;
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
            }
        }
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
            ? _context.Prefer([_longTransfer, _writesOvertaken, Lookup(in grant, in invalidation)])
            : _context.Prefer([_longTransfer, Lookup(in grant, in invalidation)]);
    }

    private RuleCounter Lookup(in Grant grant, in Invalidation invalidation)
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

        if (invalidation.Pasid == Grant.NoPasid && grant.Pasid != Grant.NoPasid)
        {
            return _withoutPasid;
        }

        if (invalidation.Pasid != grant.Pasid)
        {
            return _global;
        }

        if (invalidation.Range.SizeShift == 64)
        {
            return _everything;
        }

        if (grant.Shift > invalidation.Range.SizeShift)
        {
            return _larger;
        }

        return invalidation.Range.SizeShift > 12
            ? _size
            : _context.Prefer(grant.Va >= FourGiB
                ? [_gone, _copies, _granularity, _addressBits, _pasid, _pasidBits]
                : [_gone, _copies, _granularity, _pasid, _pasidBits]);
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
