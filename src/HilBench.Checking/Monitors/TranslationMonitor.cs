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
    private ulong _deniedPage;
    private int _deniedInRow;

    public TranslationMonitor(CheckContext context, OutstandingRequests requests, ShadowAtc atc, StaleUseBlame blame)
    {
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
    }

    public void Reset() => _deniedInRow = 0;

    /// <summary>A Translation Request of the device.</summary>
    public void Requested(in TlpView tlp, ulong time)
    {
        Judge(in tlp);
        var page = tlp.Address & ~0xFFFUL;
        var pasid = tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid;
        _blame.CountAskedAgain(page, pasid);
        _requests.Open(tlp.Tag, new Request
        {
            Kind = RequestKind.Translation,
            Address = page,
            LengthDw = tlp.LengthDw,
            IsNoWrite = tlp.NoWrite,
            Pasid = pasid,
            SentAt = time,
            Line = _context.Line,
        });
    }

    /// <summary>The agent's answer to a Translation Request.</summary>
    public void Answered(in TlpView tlp, ulong time)
    {
        ref var request = ref _requests[tlp.Tag];
        request.IsAnswered = true;
        request.Grants = default;
        for (var i = 0; i < GrantList.Capacity; i++)
        {
            request.Grants[i] = -1;
        }

        if (tlp.Kind != TlpKind.CompletionWithData || tlp.Status != CompletionStatus.SuccessfulCompletion || tlp.IsPoisoned)
        {
            return;
        }

        var entries = new TranslationEntryReader(tlp.Payload);
        var va = request.Address;
        var count = (byte)(tlp.Payload.Length / TranslationEntry.SizeBytes);
        for (byte k = 0; k < GrantList.Capacity && entries.TryNext(out var entry); k++)
        {
            if (!entry.GrantsAccess)
            {
                WatchStorm(va);
                va += 4096;
                continue;
            }

            _deniedInRow = 0;
            _untranslatedOnly.Checked += entry.U ? 1 : 0;
            var range = AtsRange.Around(va, entry.Range.SizeShift);
            request.Grants[k] = _atc.Add(new Grant
            {
                Va = range.Base,
                Pa = entry.Range.Base,
                Shift = (byte)range.SizeShift,
                Pasid = request.Pasid,
                AskedVa = request.Address,
                AskedAt = request.SentAt,
                GrantedAt = time,
                DeliveredAt = ulong.MaxValue,
                RequestLine = request.Line,
                AnswerLine = _context.Line,
                EntryIndex = k,
                EntryCount = count,
                CanRead = entry.R,
                CanWrite = entry.W && !request.IsNoWrite,
                IsNoWrite = request.IsNoWrite,
                IsUntranslatedOnly = entry.U,
                IsGlobal = entry.Global,
            });
            va = range.Last + 1;
        }
    }

    /// <summary>The answer reached the device.</summary>
    public void Delivered(byte tag, ulong time)
    {
        ref var request = ref _requests[tag];
        for (var i = 0; i < GrantList.Capacity; i++)
        {
            if (request.Grants[i] >= 0)
            {
                _replaced.Checked += _atc.Delivered(request.Grants[i], time);
            }
        }

        _requests.Close(tag);
    }

    private void Judge(in TlpView tlp)
    {
        var function = _context.Function;
        Check(_whileDisabled, function.IsAtsEnabled, "a Translation Request while ATS Enable is 0");
        Check(_oddLength, tlp.LengthDw % 2 == 0, "a Translation Request asks for an odd number of DWs");
        Check(_tooLong, tlp.LengthDw * 4 <= function.Layout.ReadCompletionBoundary,
            "a Translation Request asks for more bytes than one read completion boundary");
        Check(_headerForm, !tlp.Is64Bit || tlp.Address >> 32 != 0, "a 64-bit header for an address below 4 GiB");
        Check(_tagInUse, _requests[tlp.Tag].Kind == RequestKind.None, "the tag belongs to a request that is not completed");
        Check(_requester, tlp.Requester == function.Id, "the Requester ID is not the function's own");
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

    private void WatchStorm(ulong page)
    {
        _storm.Checked++;
        _deniedInRow = page == _deniedPage ? _deniedInRow + 1 : 1;
        _deniedPage = page;
        if (_deniedInRow == StormLimit)
        {
            _context.Report(_storm, $"page 0x{page:x} was asked for {StormLimit} times in a row although the answer was \"no access\"");
        }
    }
}
