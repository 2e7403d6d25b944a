namespace HilBench.Checking;

/// <summary>The rules of the Page Request Interface by what they are about.</summary>
internal sealed class PageRequestRuleSet(RuleBook rules)
{
    public RuleCounter WhileDisabled { get; } = rules["ATS-PRI-001"];
    public RuleCounter Form { get; } = rules["ATS-PRI-002"];
    public RuleCounter Allocation { get; } = rules["ATS-PRI-003"];
    public RuleCounter IndexReuse { get; } = rules["ATS-PRI-004"];
    public RuleCounter OneLast { get; } = rules["ATS-PRI-005"];
    public RuleCounter OnePasid { get; } = rules["ATS-PRI-006"];
    public RuleCounter AsksAgain { get; } = rules["ATS-PRI-007"];
    public RuleCounter Repeats { get; } = rules["ATS-PRI-008"];
    public RuleCounter Failure { get; } = rules["ATS-PRI-009"];
    public RuleCounter UnknownIndex { get; } = rules["ATS-PRI-010"];
    public RuleCounter AfterFailure { get; } = rules["ATS-PRI-011"];
    public RuleCounter ResponsePasid { get; } = rules["ATS-PRI-012"];
    public RuleCounter StopMarker { get; } = rules["ATS-PRI-013"];
    public RuleCounter AfterMarker { get; } = rules["ATS-PRI-014"];
    public RuleCounter BeforeMarker { get; } = rules["ATS-PRI-015"];
    public RuleCounter Stopping { get; } = rules["ATS-PRI-016"];
    public RuleCounter Reset { get; } = rules["ATS-PRI-017"];
    public RuleCounter Address { get; } = rules["ATS-PRI-021"];
    public RuleCounter Overflow { get; } = rules["ATS-PRI-022"];
    public RuleCounter PasidWidth { get; } = rules["ATS-PAS-001"];
    public RuleCounter PasidOff { get; } = rules["ATS-PAS-003"];
}
