using HilBench.Pcie;
using static HilBench.Checking.OutstandingRequests;

namespace HilBench.Checking;

/// <summary>Judges the device's memory requests against the shadow ATC (ATS-TRN and what a stale use breaks).</summary>
internal sealed class TrafficMonitor
{
    private readonly CheckContext _context;
    private readonly OutstandingRequests _requests;
    private readonly ShadowAtc _atc;
    private readonly StaleUseBlame _blame;
    private readonly PageRequestMonitor _pages;
    private readonly RuleCounter _permitted;
    private readonly RuleCounter _whileDisabled;
    private readonly RuleCounter _afterCompletion;
    private readonly RuleCounter _insideOne;
    private readonly RuleCounter _prefixOnTranslated;
    private readonly RuleCounter _busMasterOff;
    private readonly RuleCounter _readPermission;
    private readonly RuleCounter _writePermission;
    private readonly RuleCounter _untranslatedOnly;
    private readonly RuleCounter _noWrite;
    private readonly RuleCounter _notARead;
    private readonly RuleCounter _reservedType;
    private readonly RuleCounter _tagInUse;
    private readonly RuleCounter _perClass;
    private readonly RuleCounter _pasidOff;
    private readonly RuleCounter _zeroLength;
    private readonly RuleCounter _guestAddress;
    private readonly RuleCounter _snooped;
    private readonly RuleCounter _missingPermission;
    private readonly RefusedAnswers _refused;
    private readonly OperationMonitor _operations;

    public TrafficMonitor(
        CheckContext context, OutstandingRequests requests, ShadowAtc atc, StaleUseBlame blame, PageRequestMonitor pages,
        RefusedAnswers refused, OperationMonitor operations)
    {
        _refused = refused;
        _operations = operations;
        _pages = pages;
        _context = context;
        _requests = requests;
        _atc = atc;
        _blame = blame;
        var rules = context.Rules;
        _permitted = rules["ATS-TRN-001"];
        _whileDisabled = rules["ATS-TRN-002"];
        _afterCompletion = rules["ATS-TRN-003"];
        _insideOne = rules["ATS-TRN-004"];
        _prefixOnTranslated = rules["ATS-TRN-006"];
        _busMasterOff = rules["ATS-TRN-008"];
        _readPermission = rules["ATS-CPL-007"];
        _writePermission = rules["ATS-CPL-008"];
        _untranslatedOnly = rules["ATS-CPL-006"];
        _noWrite = rules["ATS-REQ-013"];
        _notARead = rules["ATS-REQ-002"];
        _reservedType = rules["ATS-REQ-003"];
        _tagInUse = rules["ATS-REQ-007"];
        _perClass = rules["ATS-ORD-003"];
        _pasidOff = rules["ATS-PAS-003"];
        _guestAddress = rules["ATS-TRN-009"];
        _zeroLength = rules["ATS-CPL-009"];
        _snooped = rules["ATS-CPL-024"];
        _missingPermission = rules["ATS-CPL-025"];
    }

    /// <summary>Bit i: a translated request came in traffic class i.</summary>
    public uint TrafficClasses { get; private set; }

    /// <summary>Whether the device waits for any completion.</summary>
    public bool IsAnythingHeld => _requests.HasAny;

    public void Reset() => TrafficClasses = 0;

    /// <summary>A memory read, write or atomic of the device that is not a Translation Request.</summary>
    public void Requested(in TlpView tlp, ulong time)
    {
        var isWrite = tlp.Kind == TlpKind.MemoryWrite;
        Check(_busMasterOff, _context.Function.IsBusMaster, "a memory request while Bus Master Enable is 0");
        if (tlp.HasPasid)
        {
            Check(_pasidOff, _context.Function.IsPasidEnabled, "a PASID prefix while PASID Enable is 0");
        }

        if (!isWrite)
        {
            Open(in tlp, time);
        }

        Check(_notARead, tlp.AddressType != AddressType.TranslationRequest, "AT = 01 on a request that is not a memory read");
        Check(_reservedType, tlp.AddressType != AddressType.Reserved, "AT = 11");
        if (tlp.AddressType == AddressType.Translated)
        {
            Translated(in tlp, isWrite || tlp.Kind != TlpKind.MemoryRead, time);
        }
        else if (tlp.AddressType == AddressType.Untranslated)
        {
            _operations.Untranslated(in tlp);
        }
    }

    /// <summary>The host answered a read.</summary>
    public void Answered(in TlpView tlp)
    {
        ref var request = ref _requests[tlp.Tag];
        if (request.IsPermitted && _context.Function.GuestOffset != 0)
        {
            Check(_guestAddress, tlp.Kind == TlpKind.CompletionWithData, "the host refuses a read of an address that it has returned");
        }

        request.BytesToCome -= tlp.Payload.Length;
        request.IsAnswered = request.BytesToCome <= 0 || tlp.Kind == TlpKind.Completion;
    }

    /// <summary>A completion of a read reached the device.</summary>
    public void Delivered(in TlpView tlp)
    {
        // A Byte Count of 0 stands for 4096.
        if (tlp.Kind == TlpKind.Completion || tlp.ByteCount == (tlp.Payload.Length & 0xFFF))
        {
            _requests.Close(tlp.Tag);
        }
    }

    /// <summary>An invalidation is complete: no translated read may be out whose only permission it ended.</summary>
    public void CheckDrained(in Invalidation invalidation, RuleCounter rule)
    {
        for (var tag = _requests.NextOpen(0); tag >= 0; tag = _requests.NextOpen(tag + 1))
        {
            ref readonly var request = ref _requests[(byte)tag];
            if (request.Kind != RequestKind.TranslatedRead)
            {
                continue;
            }

            rule.Checked++;
            if (_atc.FindPermitting(request.Address, request.LengthDw * 4, isWrite: false) < 0 &&
                _atc.FindReplaced(request.Address, request.LengthDw * 4, isWrite: false) < 0)
            {
                _context.Report(
                    rule,
                    $"the read with tag {tag} of 0x{request.Address:x} used a translation that this invalidation ended, and its data has not come back",
                    new EvidenceSubject
                    {
                        Lines = [invalidation.RequestLine, request.Line, _context.Line],
                        Va = invalidation.Range.Base,
                        Shift = Math.Min(invalidation.Range.SizeShift, 63),
                    });
            }
        }
    }

    /// <summary>Counts the Translation Requests that are out and that an Invalidate Request meets.</summary>
    public void CountAsked(in Invalidation invalidation)
    {
        for (var tag = _requests.NextOpen(0); tag >= 0; tag = _requests.NextOpen(tag + 1))
        {
            ref readonly var request = ref _requests[(byte)tag];
            if (request.Kind == RequestKind.Translation && !request.IsAnswered)
            {
                _atc.Coverage.CountAsked(in invalidation, request.Address, request.Pasid);
            }
        }
    }

    /// <summary>Whether a translated read is out whose translation an Invalidate Request ends.</summary>
    public bool HoldsReadOf(in Invalidation invalidation)
    {
        for (var tag = _requests.NextOpen(0); tag >= 0; tag = _requests.NextOpen(tag + 1))
        {
            ref readonly var request = ref _requests[(byte)tag];
            if (request.Kind == RequestKind.TranslatedRead && _atc.IsMarked(request.Address, invalidation.Tag))
            {
                return true;
            }
        }

        return false;
    }

    private void Open(in TlpView tlp, ulong time)
    {
        Check(_tagInUse, _requests[tlp.Tag].Kind == RequestKind.None, "the tag belongs to a request that is not completed");
        var lengthDw = BytesOf(in tlp) / 4;
        _requests.Open(tlp.Tag, new Request
        {
            Kind = tlp.AddressType == AddressType.Translated ? RequestKind.TranslatedRead : RequestKind.OtherRead,
            Address = tlp.Address,
            LengthDw = lengthDw,
            BytesToCome = lengthDw * 4,
            SentAt = time,
            Line = _context.Line,
        });
    }

    private void Translated(in TlpView tlp, bool isWrite, ulong time)
    {
        TrafficClasses |= 1u << tlp.TrafficClass;
        Check(_prefixOnTranslated, !tlp.HasPasid, "a PASID prefix on a translated request");
        Check(_whileDisabled, _context.Function.IsAtsEnabled, "a translated request while ATS Enable is 0");
        _permitted.Checked++;
        _insideOne.Checked++;
        if (tlp.Kind == TlpKind.MemoryRead && tlp.LengthDw == 1 && tlp.FirstByteEnable == 0)
        {
            CheckZeroLength(in tlp);
            return;
        }

        if (isWrite)
        {
            _writePermission.Checked++;
        }
        else
        {
            _readPermission.Checked++;
        }

        var completed = isWrite ? _atc.CompletedInClass[tlp.TrafficClass] : 0;
        var permitting = _atc.FindPermitting(tlp.Address, BytesOf(in tlp), isWrite, completed);
        if (permitting < 0 && completed != 0)
        {
            permitting = _atc.FindPermitting(tlp.Address, BytesOf(in tlp), isWrite);
            if (permitting >= 0)
            {
                _context.Report(
                    _perClass,
                    $"translated write of 0x{tlp.Address:x} in traffic class {tlp.TrafficClass}, after this class's Invalidate Completion",
                    SubjectOf(in _atc.Grants.At(permitting)));
            }
        }

        if (permitting < 0 && _atc.FindReplaced(tlp.Address, BytesOf(in tlp), isWrite) is >= 0 and var replaced && _operations.MayStillUse(replaced, tlp.Address))
        {
            permitting = replaced;
        }

        if (permitting < 0)
        {
            Forbidden(in tlp, isWrite, time);
        }
        else
        {
            _noWrite.Checked += _atc.Grants.At(permitting).IsNoWrite ? 1 : 0;
            if (_atc.Grants.At(permitting).IsSnooped)
            {
                Check(_snooped, (tlp.Attributes & TlpAttributes.NoSnoop) == 0, "No Snoop on a request whose translation says N");
            }

            _requests[tlp.Tag].IsPermitted = tlp.Kind == TlpKind.MemoryRead;
            _operations.Permitted(in tlp, isWrite, permitting);
        }
    }

    private void CheckZeroLength(in TlpView tlp) => Check(
        _zeroLength,
        _atc.FindPermitting(tlp.Address, 1, isWrite: false) >= 0 || _atc.FindPermitting(tlp.Address, 1, isWrite: true) >= 0,
        "a translated read of no bytes where neither reading nor writing is permitted");

    private void Forbidden(in TlpView tlp, bool isWrite, ulong time)
    {
        var what = isWrite ? "write" : "read";
        var (live, dead) = FindNearest(tlp.Address);
        if (live < 0 && _refused.TryExplain(tlp.Address, out var refused))
        {
            var lines = new[] { refused.RequestLine, refused.AnswerLine, _context.Line };
            _context.Report(
                refused.Rule,
                $"translated {what} of 0x{tlp.Address:x}, which only an answer could have led to of which nothing may be used",
                new EvidenceSubject { Lines = lines, Va = refused.Page });
            if (refused.Rule.Rule.Severity >= RuleSeverity.Error)
            {
                _context.Report(_permitted, $"the same {what}: no translation ever returned this address");
            }
        }
        else if (live >= 0)
        {
            ref readonly var grant = ref _atc.Grants.At(live);
            var (rule, reason) = grant.IsUntranslatedOnly ? (_untranslatedOnly, "the translation says \"untranslated only\" (U)")
                : isWrite && !grant.CanWrite && grant.IsNoWrite ? (_noWrite, "the translation was asked for with No Write")
                : isWrite && !grant.CanWrite ? (_context.Prefer([_writePermission, _missingPermission]), "the translation has no write permission")
                : !isWrite && !grant.CanRead ? (_context.Prefer([_readPermission, _missingPermission]), "the translation has no read permission")
                : (_insideOne, "the request runs over the end of its translation");
            _context.Report(rule, $"translated {what} of 0x{tlp.Address:x}: {reason}", SubjectOf(in grant));
        }
        else if (dead >= 0)
        {
            ref readonly var grant = ref _atc.Grants.At(dead);
            Stale(in tlp, in grant, isWrite, time);
        }
        else if (_pages.TakesForMapped(tlp.Address, out var rule))
        {
            _context.Report(rule, $"translated {what} of 0x{tlp.Address:x}: a page request for it was answered Success, and its translation was not asked for again");
            _context.Report(_permitted, $"the same {what}; the proof stands above");
        }
        else
        {
            _context.Report(
                _context.Prefer([_permitted, _operations.Size]),
                $"translated {what} of 0x{tlp.Address:x}, an address that no translation ever returned");
        }
    }

    private void Stale(in TlpView tlp, in Grant grant, bool isWrite, ulong time)
    {
        _afterCompletion.Checked++;
        var blame = _blame.Judge(in grant, isWrite, tlp.Address, time);
        if (_pages.TakesForMapped(blame.Va, out var success))
        {
            blame = blame with { Rule = success, Reason = $"{blame.Reason}; the page request was answered Success, and the translation was not asked for again" };
        }

        var subject = new EvidenceSubject
        {
            Lines = [.. blame.Lines, grant.RequestLine, grant.AnswerLine, _context.Line],
            Va = blame.Va,
            Shift = 12,
        };
        _context.Report(blame.Rule, blame.Reason, in subject);
        _context.Report(_afterCompletion, $"the same {(isWrite ? "write" : "read")}; the proof stands above");
    }

    private (int Live, int Dead) FindNearest(ulong pa)
    {
        var live = -1;
        var dead = -1;
        foreach (var index in _atc.Grants.CoveringPa(pa))
        {
            ref readonly var grant = ref _atc.Grants.At(index);
            if (grant.State == GrantState.Live && grant.ReplacedAt == 0)
            {
                live = index;
            }
            else if (grant.State is GrantState.Dead or GrantState.Live && (dead < 0 || _atc.Grants.At(dead).EndedBy <= grant.EndedBy))
            {
                dead = index;
            }
        }

        return (live, dead);
    }

    private EvidenceSubject SubjectOf(in Grant grant) => new()
    {
        Lines = [grant.RequestLine, grant.AnswerLine, _context.Line],
        Va = grant.Va,
        Shift = grant.Shift,
    };

    // A compare and swap carries two operands, is about one and gets one value back.
    private static int BytesOf(in TlpView tlp) => tlp.LengthDw * (tlp.Kind == TlpKind.Cas ? 2 : 4);

    private void Check(RuleCounter rule, bool holds, string reason)
    {
        rule.Checked++;
        if (!holds)
        {
            _context.Report(rule, reason);
        }
    }
}
