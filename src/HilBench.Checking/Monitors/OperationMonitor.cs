using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>
/// Judges the device's requests against the operations that it was told to do: a translation serves the operation whose
/// address, PASID and kind of access it is for, and no other (ATS-CPL-010 to 017, ATS-INV-024).
/// </summary>
internal sealed class OperationMonitor
{
    private readonly CheckContext _context;
    private readonly ShadowAtc _atc;
    private readonly CommandTable _commands;
    private readonly RefusedAnswers _refused;
    private readonly StaleUseBlame _blame;
    private readonly RuleCounter _execute;
    private readonly RuleCounter _privileged;
    private readonly RuleCounter _size;
    private readonly RuleCounter _offset;
    private readonly RuleCounter _block;
    private readonly RuleCounter _order;
    private readonly RuleCounter _reassembled;
    private readonly RuleCounter _permitted;
    private readonly RuleCounter _otherPasid;
    private readonly RuleCounter _withoutPasid;
    private readonly RuleCounter _untranslatedIsLegal;
    private readonly RuleCounter _untranslatedGone;
    private readonly RuleCounter _speculative;
    private readonly RuleCounter _neighbour;
    private readonly RuleCounter _overInvalidation;

    public OperationMonitor(CheckContext context, ShadowAtc atc, CommandTable commands, RefusedAnswers refused, StaleUseBlame blame)
    {
        _context = context;
        _atc = atc;
        _commands = commands;
        _refused = refused;
        _blame = blame;
        var rules = context.Rules;
        _execute = rules["ATS-CPL-010"];
        _privileged = rules["ATS-CPL-011"];
        _size = rules["ATS-CPL-013"];
        _offset = rules["ATS-CPL-014"];
        _block = rules["ATS-CPL-015"];
        _order = rules["ATS-CPL-017"];
        _reassembled = rules["ATS-CPL-020"];
        _permitted = rules["ATS-TRN-001"];
        _otherPasid = rules["ATS-PAS-004"];
        _withoutPasid = rules["ATS-PAS-005"];
        _untranslatedIsLegal = rules["ATS-TRN-007"];
        _untranslatedGone = rules["ATS-INV-024"];
        _speculative = rules["ATS-REQ-016"];
        _neighbour = rules["ATS-INV-004"];
        _overInvalidation = rules["ATS-INV-020"];
    }

    /// <summary>The rule about the size that a translation names, for requests that run out of every translation.</summary>
    public RuleCounter Size => _size;

    /// <summary>A Translation Request of the device, before the answer.</summary>
    public void Asked(ulong page, uint pasid)
    {
        _speculative.Checked += _commands.Active != 0 && !IsWanted(page, pasid) ? 1 : 0;
        foreach (var index in _atc.Grants.CoveringVa(page, pasid))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            _overInvalidation.Checked += grant.State == GrantState.Live && grant.KillTags == 0 ? 1 : 0;
        }
    }

    /// <summary>A translated request that a live translation permits: some operation must want exactly this.</summary>
    public void Permitted(in TlpView tlp, bool isWrite, int permitting)
    {
        Count(in _atc.Grants.At(permitting));
        if (_commands.Active == 0)
        {
            return;
        }

        // A compare and swap carries two operands for one place.
        var bytes = (ulong)tlp.LengthDw * (tlp.Kind == TlpKind.Cas ? 2u : 4u);
        var isRightOperation = false;
        var isExecuteWrong = false;
        foreach (var index in _atc.Grants.CoveringPa(tlp.Address))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            if (grant.State != GrantState.Live || grant.IsUntranslatedOnly || !(isWrite ? grant.CanWrite : grant.CanRead))
            {
                continue;
            }

            var va = grant.Va + (tlp.Address - grant.Pa);
            for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
            {
                ref readonly var record = ref _commands[BitOperations.TrailingZeroCount(rest)].Record;
                if (!IsFor(in record, in grant, isWrite) || va < record.Va || va + bytes > record.Va + (ulong)record.LengthBytes)
                {
                    continue;
                }

                isRightOperation = true;
                isExecuteWrong = record.IsExecute && !grant.CanExecute;
                if (!isExecuteWrong && record.IsPrivileged == grant.IsPrivileged)
                {
                    _execute.Checked += record.IsExecute ? 1 : 0;
                    _privileged.Checked += _context.Function.IsPrivilegedEnabled ? 1 : 0;
                    return;
                }
            }
        }

        if (isRightOperation)
        {
            var (rule, reason) = isExecuteWrong
                ? (_execute, "an operation that executes uses a translation without Exe")
                : (_privileged, "the translation was asked for in the other privilege mode");
            _context.Report(rule, $"translated access to 0x{tlp.Address:x}: {reason}", SubjectOf(in _atc.Grants.At(permitting)));
        }
        else
        {
            ReportMisplaced(in tlp, isWrite, permitting);
        }
    }

    /// <summary>Whether an operation that began before a translation was replaced may still use it.</summary>
    /// <param name="index">The translation.</param>
    /// <param name="pa">The translated address.</param>
    public bool MayStillUse(int index, ulong pa)
    {
        ref readonly var grant = ref _atc.Grants.At(index);
        var va = grant.Va + (pa - grant.Pa);
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            ref readonly var command = ref _commands[BitOperations.TrailingZeroCount(rest)];
            if (command.StartedAt <= grant.ReplacedAt && command.Covers(va, grant.Pasid))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An untranslated request of the device.</summary>
    public void Untranslated(in TlpView tlp)
    {
        _untranslatedIsLegal.Checked += _context.Function.IsAtsEnabled ? 1 : 0;
        var pasid = tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid;
        if (!IsByTranslation(tlp.Address, pasid))
        {
            return;
        }

        var ended = -1;
        foreach (var index in _atc.Grants.CoveringVa(tlp.Address, pasid))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            if (grant.State == GrantState.Live && grant.IsUntranslatedOnly)
            {
                _untranslatedGone.Checked++;
                return;
            }

            ended = grant.State == GrantState.Dead && grant.IsUntranslatedOnly && grant.EndedBy >= 0 ? index : ended;
        }

        if (ended >= 0)
        {
            _context.Report(
                _untranslatedGone,
                $"an untranslated request to 0x{tlp.Address:x} for which an invalidation has ended the answer \"untranslated only\" (U)",
                SubjectOf(in _atc.Grants.At(ended)));
        }
    }

    private void Count(in Grant grant)
    {
        if (grant.Shift > 12)
        {
            _size.Checked++;
            _offset.Checked++;
            _block.Checked += grant.AskedVa != grant.Va ? 1 : 0;
        }

        _order.Checked += grant.EntryIndex > 0 ? 1 : 0;
        if (_atc.Completed == 0 || grant.Shift != 12)
        {
            return;
        }

        foreach (var index in _atc.Grants.CoveringVa(grant.Va ^ 0x1000, grant.Pasid))
        {
            _neighbour.Checked += _atc.Grants.At(index) is { State: GrantState.Dead, EndedBy: >= 0 } ? 1 : 0;
        }
    }

    private void ReportMisplaced(in TlpView tlp, bool isWrite, int permitting)
    {
        ref readonly var grant = ref _atc.Grants.At(permitting);
        var what = $"translated {(isWrite ? "write" : "read")} of 0x{tlp.Address:x}";
        if (_refused.TryExplain(tlp.Address, out var refused))
        {
            _context.Report(refused.Rule, $"{what}, for an operation whose translation was refused", SubjectOf(in grant));
            return;
        }

        var va = grant.Va + (tlp.Address - grant.Pa);
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            ref readonly var record = ref _commands[BitOperations.TrailingZeroCount(rest)].Record;
            var isHere = !record.IsUntranslated && record.Function == _context.Function.Layout.Function.Function && va - record.Va < (ulong)record.LengthBytes;
            if (isHere && record.Pasid != grant.Pasid && !grant.IsGlobal)
            {
                // After fork both contexts share the frame: the device had this address under its own context, too.
                if (FindEnded(va, record.Pasid, tlp.Address) is >= 0 and var ended)
                {
                    ReportEnded(in _atc.Grants.At(ended), isWrite, tlp.Address);
                    return;
                }

                var rule = record.Pasid == Grant.NoPasid || grant.Pasid == Grant.NoPasid ? _withoutPasid : _otherPasid;
                _context.Report(rule, $"{what}, which is the translation of another context", SubjectOf(in grant));
                return;
            }

            if (IsFor(in record, in grant, isWrite) && grant.Shift > 12 && grant.CoversVa(record.Va))
            {
                var fromAsked = tlp.Address - grant.Pa == record.Va - grant.AskedVa;
                _context.Report(
                    fromAsked ? _block : _context.Prefer([_offset, _block]),
                    $"{what}: the operation is at 0x{record.Va:x}, in the block of this translation but not at this place of it",
                    SubjectOf(in grant));
                return;
            }
        }

        _context.Report(
            grant.EntryCount > 1 ? _context.Prefer([_order, _reassembled]) : _context.Prefer([_permitted, _size, _offset, _block]),
            $"{what}, the translation of 0x{va:x}, which no operation under way is about",
            SubjectOf(in grant));
    }

    private int FindEnded(ulong va, uint pasid, ulong pa)
    {
        var ended = -1;
        foreach (var index in _atc.Grants.CoveringVa(va, pasid))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            if (grant.State == GrantState.Dead && grant.Pa + (va - grant.Va) == pa &&
                (ended < 0 || _atc.Grants.At(ended).EndedBy <= grant.EndedBy))
            {
                ended = index;
            }
        }

        return ended;
    }

    private void ReportEnded(in Grant grant, bool isWrite, ulong pa)
    {
        var blame = _blame.Judge(in grant, isWrite, pa, _context.Journal.Clock.Now);
        _context.Report(
            blame.Rule,
            $"{blame.Reason}; another context still has this address",
            new EvidenceSubject { Lines = [.. blame.Lines, grant.RequestLine, grant.AnswerLine, _context.Line], Va = blame.Va });
    }

    private bool IsFor(in CommandRecord record, in Grant grant, bool isWrite) =>
        !record.IsUntranslated && record.Function == _context.Function.Layout.Function.Function && record.IsWrite == isWrite && (record.Pasid == grant.Pasid || grant.IsGlobal);

    private bool IsWanted(ulong page, uint pasid)
    {
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            if (_commands[BitOperations.TrailingZeroCount(rest)].Covers(page, pasid))
            {
                return true;
            }
        }

        return false;
    }

    // An operation with ATS is at the address, and none without.
    private bool IsByTranslation(ulong va, uint pasid)
    {
        var isFound = false;
        for (var rest = _commands.Active; rest != 0; rest &= rest - 1)
        {
            ref readonly var command = ref _commands[BitOperations.TrailingZeroCount(rest)];
            if (command.Covers(va & ~0xFFFUL, pasid))
            {
                if (command.Record.IsUntranslated)
                {
                    return false;
                }

                isFound = true;
            }
        }

        return isFound;
    }

    private EvidenceSubject SubjectOf(in Grant grant) => new()
    {
        Lines = [grant.RequestLine, grant.AnswerLine, _context.Line],
        Va = grant.Va,
        Shift = grant.Shift,
    };
}
