using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>Judges Page Requests, and the PRG Responses of the host (ATS-PRI).</summary>
internal sealed class PageRequestMonitor
{
    private const int Indexes = 512;

    /// <summary>How often a page may be asked for in a row while the answer is Invalid Request (ATS-PRI-008).</summary>
    private const int RepeatLimit = 4;

    /// <summary>Cycles after which Stopped must be 1 once nothing is out (ATS-PRI-016).</summary>
    private const ulong StopCycles = 1000;

    /// <summary>Cycles for which a Page Request may have waited in the transmit queue when the failure came.</summary>
    private const ulong QueueCycles = 256;
    private readonly CheckContext _context;
    private readonly PageRequestRuleSet _rules;
    private readonly AnsweredPages _answered = new();
    private readonly PageInterfaceStatus _status = new();
    private readonly PageGroup[] _groups = new PageGroup[Indexes];
    private readonly Dictionary<uint, ulong> _markers = [];
    private int _pagesOut;
    private ulong _quietSince;
    private ulong _invalidPage;
    private int _invalidInRow;

    public PageRequestMonitor(CheckContext context)
    {
        _context = context;
        _rules = new PageRequestRuleSet(context.Rules);
    }

    /// <summary>Whether a Page Request waits for its response.</summary>
    public bool IsAnythingOut => _pagesOut > 0;

    /// <summary>The function was reset: nothing is out.</summary>
    public void Reset()
    {
        Forget();
        _status.Clear();
        _markers.Clear();
    }

    /// <summary>The exerciser was told to work under a PASID: its Stop Marker counts no more.</summary>
    public void Started(in CommandRecord command)
    {
        _invalidInRow = 0;
        _markers.Remove(command.Pasid);
        _answered.Started(command.Va, command.LengthBytes, command.Pasid);
    }

    /// <summary>A message of the device with the code of a Page Request.</summary>
    public void Requested(in TlpView tlp, ulong time)
    {
        _context.Check(_rules.Form, tlp.Kind == TlpKind.PageRequest && (tlp.HeaderDw(0) & 0x3FF) == 0,
            "a Page Request is Msg without data, to the Root Complex, Length 0");
        if (tlp.Kind != TlpKind.PageRequest)
        {
            return;
        }

        JudgeAlone(in tlp, time);
        if (!tlp.WantsRead && !tlp.WantsWrite)
        {
            Marked(in tlp);
            return;
        }

        var pasid = tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid;
        JudgeMarker(in tlp, pasid);
        Join(in tlp, pasid);
    }

    /// <summary>The host sends a PRG Response.</summary>
    public void Responds(in TlpView tlp)
    {
        ref var group = ref _groups[tlp.PrgIndex];
        var isKnown = group.Count > 0 && group.IsComplete && !group.IsAnswered;
        if (isKnown)
        {
            var wantsPasid = group.Pasid != Grant.NoPasid && _context.Function.Layout.IsPasidInResponses;
            _context.Check(_rules.ResponsePasid, tlp.HasPasid == wantsPasid && (!wantsPasid || tlp.Prefix.Pasid.Value == group.Pasid),
                wantsPasid ? "the PRG Response does not carry the PASID of its requests" : "the PRG Response carries a PASID that is not wanted");
            group.IsAnswered = true;
        }

        _status.Sent(tlp.PrgResponseCode, isKnown);
    }

    /// <summary>A PRG Response reached the device.</summary>
    public void Delivered(in TlpView tlp, ulong time)
    {
        ref var group = ref _groups[tlp.PrgIndex];
        if (group.Count == 0 || !group.IsComplete)
        {
            return;
        }

        if (tlp.PrgResponseCode == PrgResponseCode.Success)
        {
            _answered.Add(in group, _status.IsFailed);
            _rules.AfterFailure.Checked += _status.IsFailed ? 1 : 0;
        }
        else if (tlp.PrgResponseCode == PrgResponseCode.InvalidRequest)
        {
            _invalidInRow = group.Pages[0] == _invalidPage ? _invalidInRow : 0;
            _invalidPage = group.Pages[0];
        }
        else
        {
            _status.Failed(_context.Line, time);
        }

        _pagesOut -= group.Count;
        _quietSince = time;
        group = default;
    }

    /// <summary>The device asks for a translation: of a page that was answered Success that is what the rules want.</summary>
    public void Translates(ulong page, uint pasid)
    {
        if (!_answered.TryTake(page, pasid, out var isAfterFailure))
        {
            return;
        }

        if (isAfterFailure && _status.IsFailed)
        {
            _context.Report(_rules.AfterFailure, $"the device acts on a response for 0x{page:x} that came after Response Failure");
        }

        _rules.AsksAgain.Checked++;
        _rules.Overflow.Checked++;
    }

    /// <summary>
    /// Whether a forbidden access to an untranslated address follows a Success that the device took for a mapping.
    /// </summary>
    public bool TakesForMapped(ulong va, out RuleCounter rule)
    {
        rule = _rules.AsksAgain;
        return _answered.Holds(va & ~0xFFFUL);
    }

    /// <summary>The host sends a CfgRd0.</summary>
    public void Reads(in TlpView tlp) =>
        _status.Reads(tlp.Tag, IsControl(tlp.RegisterNumber), _pagesOut == 0 ? _quietSince : ulong.MaxValue);

    /// <summary>The host sends a CfgWr0.</summary>
    public void Writes(in TlpView tlp, ulong time)
    {
        _status.Reads(tlp.Tag, isStatus: false, quietSince: 0);
        if (!IsControl(tlp.RegisterNumber))
        {
            return;
        }

        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        if ((tlp.FirstByteEnable & 4) != 0)
        {
            _status.Cleared(value);
        }

        if ((tlp.FirstByteEnable & 1) != 0 && (value & PageRequestCapability.Enable) != 0)
        {
            _status.Enabled();
        }
        else if ((tlp.FirstByteEnable & 1) != 0)
        {
            var isReset = (value & PageRequestCapability.Reset) != 0;
            _quietSince = time;
            _status.Disabled(isReset);
            if (isReset)
            {
                Forget();
                _quietSince = time;
            }
        }
    }

    /// <summary>The device answers a configuration read.</summary>
    public void Answers(in TlpView tlp, ulong time)
    {
        if (tlp.Kind != TlpKind.CompletionWithData || !_status.TryTake(tlp.Tag, out var read))
        {
            return;
        }

        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        var isFailed = (value & PageRequestCapability.ResponseFailure) != 0;
        var isUnexpected = (value & PageRequestCapability.UnexpectedPrgIndex) != 0;
        var isStopped = (value & PageRequestCapability.Stopped) != 0;
        var rule = read.IsAfterReset ? _rules.Reset : _rules.Failure;
        _rules.Failure.Checked++;
        _rules.UnknownIndex.Checked++;
        if (read.WasFailed)
        {
            _context.Check(_rules.Failure, isFailed, "Response Failure is 0 after a response that said so");
        }
        else if (isFailed)
        {
            _context.Check(rule, _status.MayHaveFailed, "Response Failure is 1, and no response said so");
        }

        if (read.WasUnexpected)
        {
            _context.Check(_rules.UnknownIndex, isUnexpected, "Unexpected PRG Index is 0 after a response that nobody waited for");
        }
        else if (isUnexpected)
        {
            _context.Check(read.IsAfterReset ? _rules.Reset : _rules.UnknownIndex, _status.MayBeUnexpected,
                "Unexpected PRG Index is 1, and every response was waited for");
        }

        if (!_status.IsOn && _context.Function.Layout.PageRequestOffset != 0)
        {
            JudgeStopped(in read, isStopped, time);
        }
    }

    private void JudgeStopped(in PageInterfaceStatus.Reading read, bool isStopped, ulong time)
    {
        if (isStopped)
        {
            _context.Check(_rules.Stopping, _pagesOut == 0, "Stopped is 1 while a Page Request waits for its response");
        }
        else if (read.QuietSince != ulong.MaxValue && time > read.QuietSince + StopCycles)
        {
            _context.Report(read.IsAfterReset ? _rules.Reset : _rules.Stopping, "Stopped stays 0 although nothing is out and Enable is 0");
        }

        (read.IsAfterReset ? _rules.Reset : _rules.Stopping).Checked++;
    }

    private void JudgeAlone(in TlpView tlp, ulong time)
    {
        var function = _context.Function;
        _context.Check(_rules.WhileDisabled, function.IsPageRequestEnabled, "a Page Request while Enable of the interface is 0");
        if (_status.IsFailed && time > _status.FailedAt + QueueCycles)
        {
            _context.Report(_rules.Failure, "a Page Request after Response Failure", new EvidenceSubject { Lines = [_status.FailureLine, _context.Line] });
        }

        _rules.Failure.Checked++;
        var unused = 64 - function.Layout.AddressBits;
        var isCanonical = (ulong)((long)tlp.PageAddress << unused >> unused) == tlp.PageAddress;
        _context.Check(_rules.Address, isCanonical, "the page address is not canonical");
        if (tlp.HasPasid)
        {
            _context.Check(_rules.PasidOff, function.IsPasidEnabled, "a PASID prefix while PASID Enable is 0");
            _context.Check(_rules.PasidWidth, tlp.Prefix.Pasid.Value >> function.Layout.MaxPasidWidth == 0, "the PASID needs more bits than Max PASID Width");
            _context.Check(_rules.Address, !tlp.Prefix.ExecuteRequested || function.IsExecuteEnabled, "a Page Request with ER without Execute Permission Enable");
            _context.Check(_rules.Address, !tlp.Prefix.PrivilegedRequested || function.IsPrivilegedEnabled, "a Page Request with PMR without Privileged Mode Enable");
        }
    }

    private void Marked(in TlpView tlp)
    {
        _context.Check(_rules.StopMarker, tlp.IsStopMarker, "a Page Request that wants nothing and is no Stop Marker (PASID, L = 1)");
        if (!tlp.IsStopMarker)
        {
            return;
        }

        var pasid = tlp.Prefix.Pasid.Value;
        _markers[pasid] = _context.Line;
        _rules.BeforeMarker.Checked++;
        for (var index = 0; index < Indexes; index++)
        {
            ref readonly var group = ref _groups[index];
            if (group.Count > 0 && group.Pasid == pasid && !group.IsComplete)
            {
                _context.Report(_rules.BeforeMarker, $"a Stop Marker inside the group with index {index}",
                    new EvidenceSubject { Lines = [group.Line, _context.Line] });
            }
        }
    }

    private void JudgeMarker(in TlpView tlp, uint pasid)
    {
        _rules.AfterMarker.Checked += _markers.Count > 0 ? 1 : 0;
        if (_markers.TryGetValue(pasid, out var line))
        {
            _context.Report(
                _context.Prefer([_rules.BeforeMarker, _rules.AfterMarker]),
                $"a Page Request for 0x{tlp.PageAddress:x} of PASID 0x{pasid:x} after its Stop Marker, and no new work",
                new EvidenceSubject { Lines = [line, _context.Line], Va = tlp.PageAddress, Shift = 12 });
        }
    }

    private void Join(in TlpView tlp, uint pasid)
    {
        ref var group = ref _groups[tlp.PrgIndex];
        if (group.Count > 0 && group.IsComplete)
        {
            _context.Report(
                _context.Prefer([_rules.IndexReuse, _rules.OneLast]),
                $"a Page Request with index {tlp.PrgIndex}, whose group is complete and has no response",
                new EvidenceSubject { Lines = [group.Line, _context.Line], Va = tlp.PageAddress, Shift = 12 });
            _pagesOut -= group.Count;
            group = default;
        }

        _rules.IndexReuse.Checked++;
        if (group.Count == 0)
        {
            group = new PageGroup { Pasid = pasid, Line = _context.Line };
            JudgeRepeat(in tlp);
        }

        _context.Check(_rules.OnePasid, group.Pasid == pasid, "the Page Requests of a group do not carry the same PASID");
        if (group.Count < PageGroup.PagesMax)
        {
            group.Pages[group.Count] = tlp.PageAddress;
        }

        group.Count++;
        group.IsComplete = tlp.IsLastOfGroup;
        _rules.OneLast.Checked += tlp.IsLastOfGroup ? 1 : 0;
        _pagesOut++;
        _context.Check(_rules.Allocation, _pagesOut <= _context.Function.PageAllocation, "more Page Requests are out than the allocation allows");
        if (group.Count > _context.Function.PageAllocation)
        {
            _context.Report(_rules.OneLast, $"the group with index {tlp.PrgIndex} goes on beyond all that may be out, without L");
        }
    }

    private void JudgeRepeat(in TlpView tlp)
    {
        _rules.Repeats.Checked += _invalidInRow > 0 || _invalidPage != 0 ? 1 : 0;
        if (_invalidPage != tlp.PageAddress || ++_invalidInRow != RepeatLimit)
        {
            return;
        }

        _context.Report(_rules.Repeats, $"page 0x{tlp.PageAddress:x} was asked for {RepeatLimit} times although the answer was Invalid Request");
    }

    /// <summary>The end of the run: every group must be complete.</summary>
    public void End()
    {
        for (var index = 0; index < Indexes; index++)
        {
            ref readonly var group = ref _groups[index];
            if (group.Count > 0 && !group.IsComplete)
            {
                _context.Report(_rules.OneLast, $"the group with index {index} never had a request with L = 1", new EvidenceSubject { Lines = [group.Line] });
            }
        }
    }

    private bool IsControl(int register) =>
        _context.Function.Layout.PageRequestOffset is not 0 and var offset && register == offset + PageRequestCapability.ControlStatus;

    private void Forget()
    {
        Array.Clear(_groups);
        _answered.Clear();
        _pagesOut = 0;
        _invalidInRow = 0;
        _invalidPage = 0;
    }
}
