namespace HilBench.Checking;

/// <summary>Malformed and hostile input.</summary>
internal static class MalformedInputRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-MAL-001", "Invalidate Request with Length other than 2 is not completed as if done.",
            RuleSubject.Device, RuleSeverity.Critical, "Length 0, 1, 3", "ASE", RuleConfidence.C),
        new("ATS-MAL-002", "Msg (no data) with code 01 is not accepted as an Invalidate Request.",
            RuleSubject.Device, RuleSeverity.Error, "`32` with code 01", "RVM (MsgD), ASE", RuleConfidence.B),
        new("ATS-MAL-003", "Wrong Destination ID: not consumed.",
            RuleSubject.Device, RuleSeverity.Error, "ID of another function", "RVM", RuleConfidence.C),
        new("ATS-MAL-004", "Poisoned payload: either everything is invalidated and completed, or nothing is completed.",
            RuleSubject.Device, RuleSeverity.Critical, "EP=1", "-", RuleConfidence.C),
        new("ATS-MAL-005", "Payload byte order is big-endian.",
            RuleSubject.Device, RuleSeverity.Critical, "range whose byte-reversed form is another live page", "LX-E2000, FIM, ASE, EFX", RuleConfidence.A),
        new("ATS-MAL-006", "Unknown message codes near 01/02/04/05 have no effect.",
            RuleSubject.Device, RuleSeverity.Error, "codes 00, 03, 06, 07", "RVM", RuleConfidence.C),
        new("ATS-MAL-007", "Digest (TD=1) on ATS messages is tolerated.",
            RuleSubject.Device, RuleSeverity.Warning, "TD=1", "CXP", RuleConfidence.C),
        new("ATS-MAL-008", "A message that the device sends is never interleaved with another TLP of the same link.",
            RuleSubject.Device, RuleSeverity.Critical, "TLP framing at the transmit port under back-pressure", "observed failure in public gateware", RuleConfidence.A),
        new("ATS-MAL-009", "Translation Completion without data but status SC is not a grant.",
            RuleSubject.Device, RuleSeverity.Critical, "`0A` with status 000", "-", RuleConfidence.C),
        new("ATS-MAL-010", "PRG Response to a function without PRI: ignored or UR.",
            RuleSubject.Device, RuleSeverity.Warning, "send", "-", RuleConfidence.C),
        new("ATS-MAL-011", "Two PASID prefixes, or an unknown end-to-end prefix before the PASID prefix: no mis-parse.",
            RuleSubject.Device, RuleSeverity.Error, "double prefix", "-", RuleConfidence.C),
        new("ATS-MAL-012", "Back-to-back ATS TLPs with zero idle cycles are all parsed.",
            RuleSubject.Device, RuleSeverity.Error, "burst at line rate, random ready", "BENCH", RuleConfidence.C),
    ];
}
