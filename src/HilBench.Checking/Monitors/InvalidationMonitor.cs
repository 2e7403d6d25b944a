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
    private readonly PageRequestMonitor _pages;
    private readonly InvalidationRuleSet _rules;
    private readonly MalformedInputMonitor _malformed;
    private readonly Invalidation[] _byTag = new Invalidation[Tags];
    private readonly byte[] _received = new byte[Tags];
    private readonly byte[] _announced = new byte[Tags];
    private uint _outstanding;
    private uint _completedOnce;
    private ulong _lastSentAt;
    private uint _beforeReset;
    private uint _unsupported;

    public InvalidationMonitor(
        CheckContext context, ShadowAtc atc, TrafficMonitor traffic, StaleUseBlame blame, PageRequestMonitor pages,
        MalformedInputMonitor malformed)
    {
        _malformed = malformed;
        _pages = pages;
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

    /// <summary>Whether any Invalidate Request is outstanding.</summary>
    public bool IsAnythingOut => _outstanding != 0;

    /// <summary>Whether an outstanding Invalidate Request covers an address of a PASID.</summary>
    public bool IsInvalidating(ulong va, uint pasid)
    {
        for (var rest = _outstanding; rest != 0; rest &= rest - 1)
        {
            ref readonly var invalidation = ref _byTag[BitOperations.TrailingZeroCount(rest)];
            if (invalidation.Range.Contains(va) && (invalidation.Pasid == Grant.NoPasid || invalidation.IsGlobal || invalidation.Pasid == pasid))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether some of these ITags are outstanding.</summary>
    public bool Expects(uint tagVector) => (tagVector & _outstanding) != 0;

    /// <summary>The function was reset: what is out may be forgotten, and must not be completed any more.</summary>
    public void Reset()
    {
        _rules.DuringReset.Checked += _outstanding != 0 ? 1 : 0;
        _rules.BeforeReset.Checked += _outstanding != 0 ? 1 : 0;
        _beforeReset |= _outstanding;
        _outstanding = 0;
        _completedOnce = 0;
        _unsupported = 0;
    }

    /// <summary>The host sends an Invalidate Request.</summary>
    public void Requested(in TlpView tlp, ulong time)
    {
        var tag = tlp.ITag.Value;
        var bit = 1u << tag;
        _beforeReset &= ~bit;
        if (_context.Function.Layout.AtsOffset == 0)
        {
            _rules.WithoutAts.Checked++;
            _unsupported |= bit;
            return;
        }

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
            IsPoweredDown = _context.Function.IsPoweredDown,
            HasPageRequests = _pages.IsAnythingOut,
            ClassesInUse = _traffic.TrafficClasses,
            HasReservedBits = (tlp.InvalidatePayload & 0x7FE) != 0,
            HasGlobalBit = tlp.IsGlobalInvalidate,
            IsAllOnes = tlp.InvalidatePayload >> 11 == ulong.MaxValue >> 11,
            HasDigest = tlp.HasDigest,
            IsBackToBack = _outstanding != 0 && time == _lastSentAt,
        };
        _lastSentAt = time;
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
        _traffic.CountAsked(in invalidation);
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
        JudgeRequester(tlp.Requester);
        Check(_rules.Attributes, (tlp.Attributes & (TlpAttributes.RelaxedOrdering | TlpAttributes.Ido)) == 0,
            "Relaxed Ordering or IDO is set in an Invalidate Completion");
        Check(_rules.Vector, tlp.ITagVector != 0, "the ITag vector is empty");
        _rules.SeveralTags.Checked += BitOperations.PopCount(tlp.ITagVector) > 1 ? 1 : 0;
        for (var rest = tlp.ITagVector; rest != 0; rest &= rest - 1)
        {
            CompletionOf(BitOperations.TrailingZeroCount(rest), tlp.CompletionCount, tlp.TrafficClass, time);
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
            if (rule.Rule.Confidence == RuleConfidence.C)
            {
                _context.Report(_rules.Answered, $"ITag {tag}: the same; the proof stands above");
            }
        }

        _outstanding &= ~tags;
    }

    private void CompletionOf(int tag, int count, int trafficClass, ulong time)
    {
        var bit = 1u << tag;
        if ((_outstanding & bit) == 0 && _malformed.Completes(tag, time))
        {
            return;
        }

        if ((_outstanding & bit) == 0 && ((_unsupported | _beforeReset) & bit) != 0)
        {
            Misplaced(tag, bit);
            return;
        }

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
        ref var invalidation = ref _byTag[tag];
        Check(_rules.TrafficClasses, (invalidation.CompletedClasses >> trafficClass & 1) == 0, "two completions of one ITag in the same traffic class");
        invalidation.CompletedClasses |= 1u << trafficClass;
        if (++_received[tag] < count)
        {
            _atc.CompletedInClass[trafficClass] |= bit;
            return;
        }

        Check(_rules.TrafficClasses, (invalidation.ClassesInUse & ~invalidation.CompletedClasses) == 0,
            "a traffic class that translated requests have used has no completion");
        foreach (ref var tags in _atc.CompletedInClass.AsSpan())
        {
            tags &= ~bit;
        }

        invalidation.CompletedAt = time;
        invalidation.CompletionLine = _context.Line;
        _outstanding &= ~bit;
        _completedOnce |= bit;
        _rules.Count.Checked++;
        _rules.PerClass.Checked += count > 1 ? 1 : 0;
        _rules.InTime.Checked++;
        CountContexts(in invalidation);
        CountOrder(in invalidation);
        _blame.CountDraining(in invalidation);
        Completed++;
        _atc.End(in invalidation);
        _traffic.CheckDrained(in invalidation, _rules.ReadsDrained);
    }

    // A completion that belongs to no request that is out, for a reason of its own.
    private void Misplaced(int tag, uint bit)
    {
        if ((_unsupported & bit) != 0)
        {
            _context.Report(_rules.WithoutAts, $"ITag {tag} is completed by a function without ATS");
            return;
        }

        _context.Report(_rules.BeforeReset, $"ITag {tag} is completed, and was sent before the reset");
        _context.Report(_rules.Spurious, $"ITag {tag} is completed after the reset; the proof stands above");
    }

    private void JudgeRequester(RequesterId requester)
    {
        var function = _context.Function;
        var isFormer = requester == function.FormerId && requester != function.Id;
        Check(isFormer ? _rules.Renumbered : _rules.Requester, function.IsOwn(requester), "the Requester ID is not the function that was addressed");
        _rules.Renumbered.Checked += function.FormerId is not null ? 1 : 0;
    }

    // New work on the range does not postpone the completion; nor do older requests.
    private void CountOrder(in Invalidation invalidation)
    {
        _rules.BoundedDraining.Checked += _blame.IsWorkStarted(in invalidation) ? 1 : 0;
        for (var rest = _outstanding; rest != 0; rest &= rest - 1)
        {
            _rules.AnyOrder.Checked += _byTag[BitOperations.TrailingZeroCount(rest)].RequestLine < invalidation.RequestLine ? 1 : 0;
        }
    }

    private void CountContexts(in Invalidation invalidation)
    {
        _rules.WhileDisabled.Checked += invalidation.IsAtsEnabled ? 0 : 1;
        _rules.WhileBusMasterOff.Checked += invalidation.IsBusMaster ? 0 : 1;
        _rules.BeyondDepth.Checked += invalidation.IsBeyondDepth ? 1 : 0;
        _rules.WithinDepth.Checked += invalidation.IsBeyondDepth ? 0 : 1;
        _rules.Overlapping.Checked += invalidation.IsOverlapping ? 1 : 0;
        _rules.ReservedBits.Checked += invalidation.HasReservedBits ? 1 : 0;
        _rules.Digest.Checked += invalidation.HasDigest ? 1 : 0;
        _rules.BackToBack.Checked += invalidation.IsBackToBack ? 1 : 0;
        _rules.ReadsDrained.Checked += invalidation.HoldsReads ? 1 : 0;
        _rules.Progress.Checked += _traffic.IsAnythingHeld ? 1 : 0;
        _rules.DuringPageRequest.Checked += _pages.IsAnythingOut ? 1 : 0;
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

        if (_pages.IsAnythingOut)
        {
            return _context.Prefer([_rules.DuringPageRequest, _rules.Progress, _rules.Answered]);
        }

        if (_blame.IsWorkStarted(in invalidation))
        {
            return _context.Prefer([_rules.Answered, _rules.BoundedDraining, _rules.InTime]);
        }

        return _context.Prefer(
            invalidation.IsBeyondDepth ? [_rules.BeyondDepth, _rules.Answered]
            : invalidation.IsOverlapping ? [_rules.Overlapping, _rules.Answered, _rules.WithinDepth, _rules.BeyondDepth, _rules.BackToBack]
            : [_rules.Answered, _rules.InTime, _rules.Progress, _rules.WithinDepth, _rules.BeyondDepth, _rules.ReservedBits, _rules.Digest, _rules.BackToBack]);
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
