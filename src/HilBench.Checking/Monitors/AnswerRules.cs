using HilBench.Pcie;
using static HilBench.Checking.OutstandingRequests;

namespace HilBench.Checking;

/// <summary>What a device may take from a Translation Completion (ats-rules A.4, B.3).</summary>
internal sealed class AnswerRules(CheckContext context)
{
    /// <summary>The read completion boundary is 64 or 128 bytes: an answer is parted at multiples of 64 only.</summary>
    private const int SmallestBoundary = 64;
    private readonly RuleCounter _unsupported = context.Rules["ATS-CPL-001"];
    private readonly RuleCounter _aborted = context.Rules["ATS-CPL-002"];
    private readonly RuleCounter _retry = context.Rules["ATS-CPL-003"];
    private readonly RuleCounter _malformed = context.Rules["ATS-CPL-019"];
    private readonly RuleCounter _poisoned = context.Rules["ATS-CPL-022"];
    private readonly RuleCounter _noData = context.Rules["ATS-MAL-009"];

    public RuleCounter NoAccess { get; } = context.Rules["ATS-CPL-004"];

    public RuleCounter NoAccessAddress { get; } = context.Rules["ATS-CPL-005"];

    public RuleCounter BelowStu { get; } = context.Rules["ATS-CPL-016"];

    public RuleCounter FewerEntries { get; } = context.Rules["ATS-CPL-018"];

    public RuleCounter Reassembled { get; } = context.Rules["ATS-CPL-020"];

    public RuleCounter Unmatched { get; } = context.Rules["ATS-CPL-021"];

    public RuleCounter TooLate { get; } = context.Rules["ATS-CPL-023"];

    /// <summary>The rule by which nothing of a completion may be used; null: its entries count.</summary>
    /// <param name="tlp">One completion of a Translation Request.</param>
    /// <param name="request">The request, with the bytes that are still to come.</param>
    public RuleCounter? Refuses(in TlpView tlp, in Request request)
    {
        if (tlp.Status != CompletionStatus.SuccessfulCompletion)
        {
            return tlp.Status == CompletionStatus.UnsupportedRequest ? _unsupported
                : tlp.Status == CompletionStatus.CompleterAbort ? _aborted
                : _retry;
        }

        if (tlp.Kind == TlpKind.Completion)
        {
            return _noData;
        }

        if (tlp.IsPoisoned)
        {
            return _poisoned;
        }

        var bytes = tlp.Payload.Length;
        var isWhole = bytes % TranslationEntry.SizeBytes == 0 && tlp.ByteCount % TranslationEntry.SizeBytes == 0;
        var isFirst = !request.IsAnswered;
        var isExpected = isFirst ? tlp.ByteCount <= request.LengthDw * 4 : tlp.ByteCount == request.BytesToCome;
        var done = (isFirst ? 0 : request.BytesInAll - tlp.ByteCount) + bytes;
        var isAtBoundary = bytes == tlp.ByteCount || done % SmallestBoundary == 0;
        return isWhole && isExpected && isAtBoundary && bytes <= tlp.ByteCount ? null : _malformed;
    }
}
