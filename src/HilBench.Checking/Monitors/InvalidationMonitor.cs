using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>Judges the invalidation protocol (ATS-ICP, ATS-ORD) and ends translations in the shadow ATC.</summary>
internal sealed class InvalidationMonitor
{
    private const int Tags = 32;
    private readonly CheckContext _context;
    private readonly ShadowAtc _atc;
    private readonly TrafficMonitor _traffic;
    private readonly StaleUseBlame _blame;
    private readonly InvalidationRuleSet _rules;
    private readonly Invalidation[] _byTag = new Invalidation[Tags];
    private readonly byte[] _received = new byte[Tags];
    private readonly byte[] _announced = new byte[Tags];
    private uint _outstanding;
    private uint _completedOnce;

    public InvalidationMonitor(CheckContext context, ShadowAtc atc, TrafficMonitor traffic, StaleUseBlame blame)
    {
        _blame = blame;
        _context = context;
        _atc = atc;
        _traffic = traffic;
        _rules = new InvalidationRuleSet(context.Rules);
    }

    /// <summary>Whether Invalidate Requests beyond the queue depth are intended, so that ATS-ICP-024 is not about this run.</summary>
    public bool IsOverloadIntended { get; set; }

    /// <summary>Invalidate Requests completed.</summary>
    public long Completed { get; private set; }

    /// <summary>Whether some of these ITags are outstanding.</summary>
    public bool Expects(uint tagVector) => (tagVector & _outstanding) != 0;

    public void Reset()
    {
        _outstanding = 0;
        _completedOnce = 0;
    }

    /// <summary>The host sends an Invalidate Request.</summary>
    public void Requested(in TlpView tlp, ulong time)
    {
        var tag = tlp.ITag.Value;
        var bit = 1u << tag;
        var depth = _context.Function.Layout.InvalidateQueueDepth;
        Check(_rules.TagReuse, (_outstanding & bit) == 0, "the host uses an ITag that is not completed");
        var invalidation = new Invalidation
        {
            Range = tlp.InvalidateRange,
            Pasid = tlp.HasPasid ? tlp.Prefix.Pasid.Value : Grant.NoPasid,
            IsGlobal = tlp.IsGlobalInvalidate && tlp.HasPasid && _context.Function.Layout.HasGlobalInvalidate,
            Tag = tag,
            SentAt = time,
            DeliveredAt = ulong.MaxValue,
            RequestLine = _context.Line,
            IsBeyondDepth = BitOperations.PopCount(_outstanding) >= depth,
            IsAtsEnabled = _context.Function.IsAtsEnabled,
            IsBusMaster = _context.Function.IsBusMaster,
            HasReservedBits = (tlp.InvalidatePayload & 0x7FE) != 0,
        };
        for (var rest = _outstanding; rest != 0; rest &= rest - 1)
        {
            ref var other = ref _byTag[BitOperations.TrailingZeroCount(rest)];
            if (other.Range.Overlaps(invalidation.Range))
            {
                other.IsOverlapping = true;
                invalidation.IsOverlapping = true;
            }
        }

        Check(_rules.Depth, IsOverloadIntended || !invalidation.IsBeyondDepth, "the host exceeds the Invalidate Queue Depth");
        Check(_rules.Alignment, invalidation.Range.SizeShift >= 12 + _context.Function.Stu, "the host invalidates less than the STU");
        _rules.DataAccepted.Checked += _traffic.IsAnythingHeld ? 1 : 0;
        invalidation.Matched = _atc.Mark(in invalidation);
        invalidation.HoldsReads = _traffic.HoldsReadOf(in invalidation);
        _byTag[tag] = invalidation;
        _received[tag] = 0;
        _announced[tag] = 0;
        _outstanding |= bit;
    }

    /// <summary>The device took an Invalidate Request.</summary>
    public void Delivered(byte tag, ulong time) => _byTag[tag & (Tags - 1)].DeliveredAt = time;

    /// <summary>An Invalidate Completion, in whatever form.</summary>
    public void Completion(in TlpView tlp, ulong time)
    {
        var layout = _context.Function.Layout;
        Check(_rules.Form, tlp.Kind == TlpKind.InvalidateCompletion && (tlp.HeaderDw(0) & 0x3FF) == 0,
            "an Invalidate Completion is Msg without data, routed by ID, Length 0");
        if (tlp.Kind != TlpKind.InvalidateCompletion)
        {
            return;
        }

        Check(_rules.Destination, tlp.Destination == layout.Agent, "the Destination ID is not the requester of the invalidation");
        Check(_rules.Requester, tlp.Requester == _context.Function.Id, "the Requester ID is not the function that was addressed");
        Check(_rules.Attributes, (tlp.Attributes & (TlpAttributes.RelaxedOrdering | TlpAttributes.Ido)) == 0,
            "Relaxed Ordering or IDO is set in an Invalidate Completion");
        Check(_rules.Vector, tlp.ITagVector != 0, "the ITag vector is empty");
        Check(_rules.TrafficClasses, tlp.CompletionCount >= BitOperations.PopCount(_traffic.TrafficClasses),
            "fewer completions are announced than traffic classes are in use");
        for (var rest = tlp.ITagVector; rest != 0; rest &= rest - 1)
        {
            CompletionOf(BitOperations.TrailingZeroCount(rest), tlp.CompletionCount, time);
        }
    }

    /// <summary>The agent's deadline passed for these tags.</summary>
    public void TimedOut(uint tags)
    {
        for (var rest = tags & _outstanding; rest != 0; rest &= rest - 1)
        {
            var tag = BitOperations.TrailingZeroCount(rest);
            ref readonly var invalidation = ref _byTag[tag];
            var rule = BlameTimeout(tag, in invalidation);
            var reason = _received[tag] > 0
                ? $"ITag {tag}: {_received[tag]} of {_announced[tag]} announced completions came before the deadline"
                : $"ITag {tag}: no Invalidate Completion came before the deadline";
            _context.Report(rule, reason, SubjectOf(in invalidation));
        }

        _outstanding &= ~tags;
    }

    private void CompletionOf(int tag, int count, ulong time)
    {
        var bit = 1u << tag;
        if ((_outstanding & bit) == 0)
        {
            Check(_rules.Spurious, _outstanding != 0, "an Invalidate Completion, and no request is outstanding");
            var rule = (_completedOnce & bit) != 0 ? _rules.TooMany : _rules.NotOutstanding;
            _context.Report(rule, $"ITag {tag} is completed, and is not outstanding");
            return;
        }

        _rules.NotOutstanding.Checked++;
        _rules.TooMany.Checked++;
        _rules.Spurious.Checked++;
        _rules.Answered.Checked++;
        Check(_rules.CountsAgree, _announced[tag] == 0 || _announced[tag] == count, "the Completion Count differs between completions of one ITag");
        _announced[tag] = (byte)count;
        if (++_received[tag] < count)
        {
            return;
        }

        ref var invalidation = ref _byTag[tag];
        invalidation.CompletedAt = time;
        invalidation.CompletionLine = _context.Line;
        _outstanding &= ~bit;
        _completedOnce |= bit;
        _rules.Count.Checked++;
        _rules.InTime.Checked++;
        CountContexts(in invalidation);
        _blame.CountDraining(in invalidation);
        Completed++;
        _atc.End(in invalidation);
        _traffic.CheckDrained(in invalidation, _rules.ReadsDrained);
    }

    private void CountContexts(in Invalidation invalidation)
    {
        _rules.WhileDisabled.Checked += invalidation.IsAtsEnabled ? 0 : 1;
        _rules.WhileBusMasterOff.Checked += invalidation.IsBusMaster ? 0 : 1;
        _rules.BeyondDepth.Checked += invalidation.IsBeyondDepth ? 1 : 0;
        _rules.WithinDepth.Checked += invalidation.IsBeyondDepth ? 0 : 1;
        _rules.Overlapping.Checked += invalidation.IsOverlapping ? 1 : 0;
        _rules.ReservedBits.Checked += invalidation.HasReservedBits ? 1 : 0;
        _rules.ReadsDrained.Checked += invalidation.HoldsReads ? 1 : 0;
        _rules.Progress.Checked += _traffic.IsAnythingHeld ? 1 : 0;
    }

    private RuleCounter BlameTimeout(int tag, in Invalidation invalidation)
    {
        if (_received[tag] > 0)
        {
            return _rules.Count;
        }

        if (!invalidation.IsAtsEnabled)
        {
            return _rules.WhileDisabled;
        }

        if (!invalidation.IsBusMaster)
        {
            return _rules.WhileBusMasterOff;
        }

        return _context.Prefer(
            invalidation.IsBeyondDepth ? [_rules.BeyondDepth, _rules.Answered]
            : invalidation.IsOverlapping ? [_rules.Overlapping, _rules.Answered, _rules.WithinDepth, _rules.BeyondDepth]
            : [_rules.Answered, _rules.InTime, _rules.Progress, _rules.WithinDepth, _rules.BeyondDepth, _rules.ReservedBits]);
    }

    private static EvidenceSubject SubjectOf(in Invalidation invalidation) => new()
    {
        Lines = [invalidation.RequestLine],
        Va = invalidation.Range.Base,
        Shift = Math.Min(invalidation.Range.SizeShift, 63),
    };

    private void Check(RuleCounter rule, bool holds, string reason)
    {
        rule.Checked++;
        if (!holds)
        {
            _context.Report(rule, reason);
        }
    }
}
