using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>
/// Watches what the host sends on purpose although no correct host would (ATS-MAL): what the device must not take for an
/// Invalidate Request, it must not complete; what it completes, it must have done.
/// </summary>
internal sealed class MalformedInputMonitor
{
    private const int Tags = 32;
    private const int PrefixBytes = 4;
    private const int HeaderBytes = 16;
    private const int FmtPrefix = 4;
    private const int DataBit = 0x40;
    private readonly CheckContext _context;
    private readonly ShadowAtc _atc;
    private readonly RuleCounter _length;
    private readonly RuleCounter _withoutData;
    private readonly RuleCounter _destination;
    private readonly RuleCounter _poisoned;
    private readonly RuleCounter _unknownCode;
    private readonly RuleCounter _withoutInterface;
    private readonly RuleCounter _prefixes;
    private readonly RuleCounter _spurious;
    private readonly RuleCounter?[] _ruleOf = new RuleCounter?[Tags];
    private readonly Invalidation[] _byTag = new Invalidation[Tags];
    private uint _mayBeDone;
    private bool _isResponseSent;

    public MalformedInputMonitor(CheckContext context, ShadowAtc atc)
    {
        _context = context;
        _atc = atc;
        var rules = context.Rules;
        _length = rules["ATS-MAL-001"];
        _withoutData = rules["ATS-MAL-002"];
        _destination = rules["ATS-MAL-003"];
        _poisoned = rules["ATS-MAL-004"];
        _unknownCode = rules["ATS-MAL-006"];
        _withoutInterface = rules["ATS-MAL-010"];
        _prefixes = rules["ATS-MAL-011"];
        _spurious = rules["ATS-ICP-021"];
    }

    public void Reset()
    {
        Array.Clear(_ruleOf);
        _mayBeDone = 0;
        _isResponseSent = false;
    }

    /// <summary>Finds the header of a message behind any number of prefixes, and for whom it is; false: it is no message.</summary>
    public static bool IsMessage(ReadOnlySpan<byte> tlp, out int at, out RequesterId destination)
    {
        at = 0;
        while (at + HeaderBytes < tlp.Length && tlp[at] >> 5 == FmtPrefix)
        {
            at += PrefixBytes;
        }

        var isMessage = tlp.Length >= at + HeaderBytes && (tlp[at] & 0x18) == 0x10;
        destination = isMessage ? new RequesterId(BinaryPrimitives.ReadUInt16BigEndian(tlp[(at + 8)..])) : default;
        return isMessage;
    }

    /// <summary>The host sends a message, in whatever form.</summary>
    /// <param name="tlp">A message, as <see cref="IsMessage"/> found it.</param>
    /// <param name="at">Where its header begins.</param>
    /// <param name="isForUs">Whether its Destination ID is that of a function.</param>
    /// <param name="time">When.</param>
    /// <returns>Whether it is one that no correct host sends: no other monitor may take it for what it looks like.</returns>
    public bool Takes(ReadOnlySpan<byte> tlp, int at, bool isForUs, ulong time)
    {
        var message = tlp[at..];
        var isOddlyPrefixed = at > PrefixBytes || (at == PrefixBytes && tlp[0] != TlpFormat.PasidPrefixByte);
        if (RuleOf(message, isOddlyPrefixed, isForUs) is not { } rule)
        {
            return false;
        }

        rule.Checked++;
        var tag = message[6] & (Tags - 1);
        _ruleOf[tag] = rule;
        _isResponseSent |= rule == _withoutInterface;
        _mayBeDone &= ~(1u << tag);
        if (rule == _poisoned || rule == _prefixes)
        {
            Expect(tlp, at, tag, rule, time);
        }

        return true;
    }

    /// <summary>The device completes an ITag that no correct request is out for. Returns whether that is judged here.</summary>
    public bool Completes(int tag, ulong time)
    {
        if (_ruleOf[tag] is not { } rule)
        {
            return false;
        }

        _ruleOf[tag] = null;
        if ((_mayBeDone >> tag & 1) != 0)
        {
            ref var invalidation = ref _byTag[tag];
            invalidation.CompletedAt = time;
            invalidation.CompletionLine = _context.Line;
            _atc.End(in invalidation);
            return true;
        }

        _context.Report(rule, $"ITag {tag} is completed, which only a malformed message named");
        _context.Report(_spurious, $"ITag {tag} is completed, and no request is outstanding");
        return true;
    }

    /// <summary>The device answers what the host did not ask.</summary>
    public void AnswersNothing()
    {
        if (_isResponseSent)
        {
            _context.Report(_withoutInterface, "a PRG Response to a function without page requests is answered by a completion");
        }
    }

    // A poisoned or oddly prefixed request may be done as a whole; then its completion counts.
    private void Expect(ReadOnlySpan<byte> tlp, int at, int tag, RuleCounter rule, ulong time)
    {
        var hasPasid = at > 0 && tlp[at - PrefixBytes] == TlpFormat.PasidPrefixByte;
        AtsPayload.TryRead(tlp[(at + HeaderBytes)..], out var payload);
        var pasid = hasPasid ? BinaryPrimitives.ReadUInt32BigEndian(tlp[(at - PrefixBytes)..]) & 0xFFFFF : Grant.NoPasid;
        var invalidation = new Invalidation
        {
            Range = AtsRange.Decode(payload),
            Pasid = pasid,
            IsGlobal = hasPasid && (payload & 1) != 0 && _context.Function.Layout.HasGlobalInvalidate,
            Tag = (byte)tag,
            SentAt = time,
            DeliveredAt = time,
            RequestLine = _context.Line,
            IsAtsEnabled = _context.Function.IsAtsEnabled,
            IsBusMaster = _context.Function.IsBusMaster,
            MalformedRule = rule,
        };
        _atc.Mark(in invalidation);
        _byTag[tag] = invalidation;
        _mayBeDone |= 1u << tag;
    }

    private RuleCounter? RuleOf(ReadOnlySpan<byte> message, bool isOddlyPrefixed, bool isForUs)
    {
        var hasData = (message[0] & DataBit) != 0;
        var length = BinaryPrimitives.ReadUInt32BigEndian(message) & 0x3FF;
        return (MessageCode)message[7] switch
        {
            MessageCode.InvalidateRequest when !hasData => _withoutData,
            MessageCode.InvalidateRequest when isOddlyPrefixed => _prefixes,
            MessageCode.InvalidateRequest when length != 2 => _length,
            MessageCode.InvalidateRequest when !isForUs => _destination,
            MessageCode.InvalidateRequest when (message[2] & 0x40) != 0 => _poisoned,
            MessageCode.PrgResponse when _context.Function.Layout.PageRequestOffset == 0 => _withoutInterface,
            (MessageCode)0 or (MessageCode)3 or (MessageCode)6 or (MessageCode)7 => _unknownCode,
            _ => null,
        };
    }
}
