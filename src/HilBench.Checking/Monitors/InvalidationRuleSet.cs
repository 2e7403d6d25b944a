namespace HilBench.Checking;

/// <summary>The rules of the invalidation protocol by what they are about.</summary>
internal sealed class InvalidationRuleSet(RuleBook rules)
{
    public RuleCounter Answered { get; } = rules["ATS-ICP-001"];
    public RuleCounter WhileDisabled { get; } = rules["ATS-ICP-002"];
    public RuleCounter WhileBusMasterOff { get; } = rules["ATS-ICP-003"];
    public RuleCounter Form { get; } = rules["ATS-ICP-005"];
    public RuleCounter Destination { get; } = rules["ATS-ICP-006"];
    public RuleCounter Requester { get; } = rules["ATS-ICP-007"];
    public RuleCounter Vector { get; } = rules["ATS-ICP-008"];
    public RuleCounter NotOutstanding { get; } = rules["ATS-ICP-009"];
    public RuleCounter Count { get; } = rules["ATS-ICP-010"];
    public RuleCounter CountsAgree { get; } = rules["ATS-ICP-011"];
    public RuleCounter TrafficClasses { get; } = rules["ATS-ICP-012"];
    public RuleCounter TooMany { get; } = rules["ATS-ICP-013"];
    public RuleCounter InTime { get; } = rules["ATS-ICP-015"];
    public RuleCounter WithinDepth { get; } = rules["ATS-ICP-016"];
    public RuleCounter BeyondDepth { get; } = rules["ATS-ICP-017"];
    public RuleCounter Overlapping { get; } = rules["ATS-ICP-018"];
    public RuleCounter Progress { get; } = rules["ATS-ICP-020"];
    public RuleCounter Spurious { get; } = rules["ATS-ICP-021"];
    public RuleCounter Attributes { get; } = rules["ATS-ICP-022"];
    public RuleCounter TagReuse { get; } = rules["ATS-ICP-023"];
    public RuleCounter Depth { get; } = rules["ATS-ICP-024"];
    public RuleCounter Alignment { get; } = rules["ATS-ICP-025"];
    public RuleCounter Digest { get; } = rules["ATS-MAL-007"];
    public RuleCounter BackToBack { get; } = rules["ATS-MAL-012"];
    public RuleCounter ReservedBits { get; } = rules["ATS-ICP-026"];
    public RuleCounter ReadsDrained { get; } = rules["ATS-ORD-002"];
    public RuleCounter WithoutAts { get; } = rules["ATS-ICP-004"];
    public RuleCounter SeveralTags { get; } = rules["ATS-ICP-014"];
    public RuleCounter AnyOrder { get; } = rules["ATS-ICP-019"];
    public RuleCounter PerClass { get; } = rules["ATS-ORD-003"];
    public RuleCounter BoundedDraining { get; } = rules["ATS-ORD-007"];
    public RuleCounter DuringReset { get; } = rules["ATS-LIF-004"];
    public RuleCounter BeforeReset { get; } = rules["ATS-LIF-005"];
    public RuleCounter Renumbered { get; } = rules["ATS-LIF-013"];
    public RuleCounter DuringPageRequest { get; } = rules["ATS-PRI-019"];
    public RuleCounter DataAccepted { get; } = rules["ATS-TRN-010"];
}
