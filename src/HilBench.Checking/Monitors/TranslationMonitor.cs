using HilBench.Pcie;
using static HilBench.Checking.OutstandingRequests;

namespace HilBench.Checking;

/// <summary>Judges Translation Requests (ATS-REQ) and writes the answers into the shadow ATC.</summary>
internal sealed class TranslationMonitor
{
    /// <summary>How often one page may be asked for in a row while the answer stays "no access" (ATS-REQ-014).</summary>
    private const int StormLimit = 64;
    private readonly CheckContext _context;
    private readonly OutstandingRequests _requests;
    private readonly ShadowAtc _atc;
    private readonly StaleUseBlame _blame;
    private readonly RuleCounter _whileDisabled;
    private readonly RuleCounter _oddLength;
    private readonly RuleCounter _tooLong;
    private readonly RuleCounter _headerForm;
    private readonly RuleCounter _tagInUse;
    private readonly RuleCounter _requester;
    private readonly RuleCounter _renumbered;
    private readonly RuleCounter _byteEnables;
    private readonly RuleCounter _pasidOff;
    private readonly RuleCounter _execute;
    private readonly RuleCounter _privileged;
    private readonly RuleCounter _storm;
    private readonly RuleCounter _busMasterOff;
    private readonly RuleCounter _canonical;
    private readonly RuleCounter _pageAligned;
    private readonly RuleCounter _pasidWidth;
    private readonly RuleCounter _untranslatedOnly;
    private readonly RuleCounter _replaced;
    private readonly RuleCounter _missingPermission;
    private readonly AnswerRules _answers;
    private readonly RefusedAnswers _refused;
    private readonly CommandTable _commands;
    private ulong _deniedPage;
    private int _deniedInRow;
    private long _endedBefore;

    public TranslationMonitor(
        CheckContext context, OutstandingRequests requests, ShadowAtc atc, StaleUseBlame blame, RefusedAnswers refused, CommandTable commands)
    {
        _refused = refused;
        _commands = commands;
        _answers = new AnswerRules(context);
        _blame = blame;
        _context = context;
        _requests = requests;
        _atc = atc;
        var rules = context.Rules;
        _whileDisabled = rules["ATS-REQ-001"];
        _oddLength = rules["ATS-REQ-004"];
        _tooLong = rules["ATS-REQ-005"];
        _headerForm = rules["ATS-REQ-006"];
        _tagInUse = rules["ATS-REQ-007"];
        _requester = rules["ATS-REQ-008"];
        _renumbered = rules["ATS-LIF-013"];
        _byteEnables = rules["ATS-REQ-009"];
        _pasidOff = rules["ATS-REQ-010"];
        _execute = rules["ATS-REQ-011"];
        _privileged = rules["ATS-REQ-012"];
        _storm = rules["ATS-REQ-014"];
        _busMasterOff = rules["ATS-REQ-015"];
        _canonical = rules["ATS-REQ-017"];
        _pageAligned = rules["ATS-CAP-003"];
        _pasidWidth = rules["ATS-PAS-001"];
        _untranslatedOnly = rules["ATS-CPL-006"];
        _replaced = rules["ATS-CPL-026"];
        _missingPermission = rules["ATS-CPL-025"];
    }

    public void Reset() => _deniedInRow = 0;

    /// <summary>A Translation Request of the device.</summary>
    public void Requested(in TlpView tlp, ulong time)
    {
        Judge(in tlp);
        var page = tlp.Address & ~0xFFFUL;
        var pasid = tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid;
        _blame.CountAskedAgain(page, pasid);
        CountMissingPermission(page, pasid);
        _requests.Open(tlp.Tag, new Request
        {
            Kind = RequestKind.Translation,
            Address = page,
            LengthDw = tlp.LengthDw,
            IsNoWrite = tlp.NoWrite,
            IsPrivileged = tlp.HasPasid && tlp.Prefix.PrivilegedRequested,
            Pasid = pasid,
            SentAt = time,
            Line = _context.Line,
        });
    }

    /// <summary>The agent's answer to a Translation Request, or a part of it.</summary>
    public void Answered(in TlpView tlp, ulong time)
    {
        ref var request = ref _requests[tlp.Tag];
        var refusal = request.IsGivenUp ? _answers.TooLate : _answers.Refuses(in tlp, in request);
        if (!request.IsAnswered)
        {
            request.IsAnswered = true;
            request.BytesInAll = tlp.ByteCount;
            request.NextVa = request.Address;
            for (var i = 0; i < GrantList.Capacity; i++)
            {
                request.Grants[i] = -1;
            }
        }

        if (refusal is not null)
        {
            request.BytesToCome = 0;
            Refuse(refusal, in request, request.Address, request.LengthDw / 2, tlp.Payload);
            return;
        }

        var first = (request.BytesInAll - tlp.ByteCount) / TranslationEntry.SizeBytes;
        _answers.Reassembled.Checked += first > 0 ? 1 : 0;
        request.BytesToCome = tlp.ByteCount - tlp.Payload.Length;
        Enter(tlp.Payload, ref request, first, time);
    }

    /// <summary>A completion that belongs to no Translation Request that is out.</summary>
    public void Forged(in TlpView tlp)
    {
        var nothing = new Request { Pasid = Grant.NoPasid, Line = _context.Line };
        Refuse(_answers.Unmatched, in nothing, ulong.MaxValue & ~0xFFFUL, 1, tlp.Payload);
    }

    /// <summary>The answer, or a part of it, reached the device.</summary>
    public void Delivered(in TlpView tlp, ulong time)
    {
        ref var request = ref _requests[tlp.Tag];
        var first = (request.BytesInAll - tlp.ByteCount) / TranslationEntry.SizeBytes;
        var count = tlp.Payload.Length / TranslationEntry.SizeBytes;
        for (var i = Math.Max(first, 0); i < Math.Min(first + count, GrantList.Capacity); i++)
        {
            if (request.Grants[i] >= 0 && _atc.Grants.At(request.Grants[i]).State == GrantState.Live)
            {
                _replaced.Checked += _atc.Delivered(request.Grants[i], time);
            }
        }

        if (request.BytesToCome == 0 || tlp.Payload.Length == tlp.ByteCount)
        {
            _requests.Close(tlp.Tag);
        }
    }

    /// <summary>An operation ended without the translation that it had asked for: what comes now comes too late.</summary>
    public void GivenUp(in CommandRecord record)
    {
        for (var tag = _requests.NextOpen(0); tag >= 0; tag = _requests.NextOpen(tag + 1))
        {
            ref var request = ref _requests[(byte)tag];
            var isItsOwn = request.Kind == RequestKind.Translation && request.Pasid == record.Pasid &&
                request.Address + 0xFFF >= record.Va && request.Address < record.Va + (ulong)record.LengthBytes;
            if (!isItsOwn || _commands.FindActive(request.Address, request.Pasid, record.Slot) >= 0)
            {
                continue;
            }

            request.IsGivenUp = true;
            for (var i = 0; request.IsAnswered && i < GrantList.Capacity; i++)
            {
                if (request.Grants[i] >= 0)
                {
                    _answers.TooLate.Checked++;
                    _atc.Kill(request.Grants[i], Grant.TooLate);
                }
            }
        }
    }

    private void Enter(ReadOnlySpan<byte> payload, ref Request request, int first, ulong time)
    {
        var entries = new TranslationEntryReader(payload);
        var va = request.NextVa;
        var count = (byte)(request.BytesInAll / TranslationEntry.SizeBytes);
        for (var k = first; k < GrantList.Capacity && entries.TryNext(out var entry); k++)
        {
            if (!entry.GrantsAccess || entry.Range.SizeShift < 12 + _context.Function.Stu)
            {
                Deny(in request, va, entry);
                va += 4096;
                continue;
            }

            _deniedInRow = 0;
            _untranslatedOnly.Checked += entry.U ? 1 : 0;
            var range = AtsRange.Around(va, entry.Range.SizeShift);
            _refused.Forget(va, request.Pasid);
            request.Grants[k] = _atc.Add(GrantOf(in request, range, entry, (byte)k, count, time));
            if (request.EndedBy != 0)
            {
                _atc.Kill(request.Grants[k], request.EndedBy);
            }

            va = range.Last + 1;
        }

        request.NextVa = va;
        var missing = request.LengthDw / 2 - count;
        if (request.BytesToCome == 0 && missing > 0)
        {
            Refuse(_answers.FewerEntries, in request, va, missing, []);
        }
    }

    private Grant GrantOf(in Request request, AtsRange range, TranslationEntry entry, byte index, byte count, ulong time) => new()
    {
        Va = range.Base,
        Pa = entry.Range.Base,
        Shift = (byte)range.SizeShift,
        Pasid = request.Pasid,
        MmId = _context.Function.AddressSpaceOf(request.Pasid),
        AskedVa = request.Address,
        AskedAt = request.SentAt,
        GrantedAt = time,
        DeliveredAt = ulong.MaxValue,
        RequestLine = request.Line,
        AnswerLine = _context.Line,
        EntryIndex = index,
        EntryCount = count,
        CanRead = entry.R,
        CanWrite = entry.W && !request.IsNoWrite,
        CanExecute = entry.Exe,
        IsPrivileged = request.IsPrivileged,
        IsSnooped = entry.N,
        IsNoWrite = request.IsNoWrite,
        IsUntranslatedOnly = entry.U,
        IsGlobal = entry.Global,
    };

    private void Deny(in Request request, ulong va, TranslationEntry entry)
    {
        if (entry.GrantsAccess)
        {
            Refuse(_answers.BelowStu, in request, va, 1, entry);
            return;
        }

        WatchStorm(va);
        Refuse(_answers.NoAccess, in request, va, 1, []);
        if (entry.Range.Base != 0)
        {
            Refuse(_answers.NoAccessAddress, in request, va, 1, entry);
        }
    }

    private void Refuse(RuleCounter rule, in Request request, ulong va, int pages, ReadOnlySpan<byte> payload)
    {
        if (AtsPayload.TryRead(payload, out var bits))
        {
            Refuse(rule, in request, va, pages, new TranslationEntry(bits));
        }
        else
        {
            Refuse(rule, in request, va, pages, address: 0, shift: 0);
        }
    }

    private void Refuse(RuleCounter rule, in Request request, ulong va, int pages, TranslationEntry entry) =>
        Refuse(rule, in request, va, pages, entry.Range.Base, (byte)Math.Min(entry.Range.SizeShift, 63));

    private void Refuse(RuleCounter rule, in Request request, ulong va, int pages, ulong address, byte shift) =>
        _refused.Add(new RefusedAnswer
        {
            Page = va,
            Pages = Math.Max(pages, 1),
            Pasid = request.Pasid,
            Rule = rule,
            Pa = address,
            Shift = shift,
            RequestLine = request.Line,
            AnswerLine = _context.Line,
        });

    private void Judge(in TlpView tlp)
    {
        var function = _context.Function;
        Check(_whileDisabled, function.IsAtsEnabled, "a Translation Request while ATS Enable is 0");
        Check(_oddLength, tlp.LengthDw % 2 == 0, "a Translation Request asks for an odd number of DWs");
        Check(_tooLong, tlp.LengthDw * 4 <= function.Layout.ReadCompletionBoundary,
            "a Translation Request asks for more bytes than one read completion boundary");
        Check(_headerForm, !tlp.Is64Bit || tlp.Address >> 32 != 0, "a 64-bit header for an address below 4 GiB");
        Check(_tagInUse, _requests[tlp.Tag].Kind == RequestKind.None, "the tag belongs to a request that is not completed");
        var isFormer = tlp.Requester == function.FormerId && tlp.Requester != function.Id;
        Check(isFormer ? _renumbered : _requester, function.IsOwn(tlp.Requester), "the Requester ID is not the function's own");
        _renumbered.Checked += function.FormerId is not null ? 1 : 0;
        Check(_byteEnables, tlp.FirstByteEnable == 0xF && tlp.LastByteEnable == 0xF, "byte enables are not all ones");
        Check(_busMasterOff, function.IsBusMaster, "a Translation Request while Bus Master Enable is 0");
        if (function.Layout.IsPageAligned)
        {
            Check(_pageAligned, (tlp.Address & 0xFFC) == 0, "Page Aligned Request is set, and bits 11:2 are not 0");
        }

        var unused = 64 - function.Layout.AddressBits;
        Check(_canonical, (ulong)((long)tlp.Address << unused >> unused) == tlp.Address, "the address is not canonical");
        if (tlp.HasPasid)
        {
            Check(_pasidOff, function.IsPasidEnabled, "a PASID prefix while PASID Enable is 0");
            Check(_pasidWidth, tlp.Prefix.Pasid.Value >> function.Layout.MaxPasidWidth == 0, "the PASID needs more bits than Max PASID Width");
            Check(_execute, !tlp.Prefix.ExecuteRequested || function.IsExecuteEnabled, "Execute Requested without Execute Permission Enable");
            Check(_privileged, !tlp.Prefix.PrivilegedRequested || function.IsPrivilegedEnabled, "Privileged Mode Requested without Privileged Mode Enable");
        }
    }

    private void Check(RuleCounter rule, bool holds, string reason)
    {
        rule.Checked++;
        if (!holds)
        {
            _context.Report(rule, reason);
        }
    }

    // The device asks although it may hold a translation, one that does not permit everything: it did not assume a permission.
    private void CountMissingPermission(ulong page, uint pasid)
    {
        foreach (var index in _atc.Grants.CoveringVa(page, pasid))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            _missingPermission.Checked += grant.State == GrantState.Live && !(grant.CanRead && grant.CanWrite) ? 1 : 0;
        }
    }

    private void WatchStorm(ulong page)
    {
        _storm.Checked++;
        _deniedInRow = page == _deniedPage ? _deniedInRow + 1 : 1;
        _endedBefore = page == _deniedPage ? _endedBefore : _commands.Finished;
        _deniedPage = page;

        // Operations that end with "no access" one after the other ask once each: that is the host's doing.
        if (_deniedInRow - (_commands.Finished - _endedBefore) == StormLimit)
        {
            _context.Report(_storm, $"page 0x{page:x} was asked for {StormLimit} times in a row although the answer was \"no access\"");
        }
    }
}
