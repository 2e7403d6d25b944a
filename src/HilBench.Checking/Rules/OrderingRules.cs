namespace HilBench.Checking;

/// <summary>Ordering and draining.</summary>
internal static class OrderingRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-ORD-001", "The completion is sent after every posted translated write that used a matching entry, in the same TC.",
            RuleSubject.Device, RuleSeverity.Critical, "any AT=10 write to an old page after the completion", "LX-VTDQ, ACS", RuleConfidence.A),
        new("ATS-ORD-002", "The completion is sent after the last completion of every translated read (and atomic) that used a matching entry has come back.",
            RuleSubject.Device, RuleSeverity.Critical, "outstanding-read table at completion time", "ACS", RuleConfidence.A),
        new("ATS-ORD-003", "With several TCs, each TC's completion follows that TC's writes.",
            RuleSubject.Device, RuleSeverity.Critical, "per TC", "RV#395", RuleConfidence.B),
        new("ATS-ORD-004", "Requests already queued inside the device with an old translation count as used, also while transmission is blocked by flow control.",
            RuleSubject.Device, RuleSeverity.Critical, "starve credits, let the device queue writes, invalidate, release", "LX-VTDQ, ACS", RuleConfidence.A),
        new("ATS-ORD-005", "No new use of a matching entry starts after the completion was queued, even if the completion itself waits for credits.",
            RuleSubject.Device, RuleSeverity.Critical, "starve posted credits only for messages", "LX-VTDQ", RuleConfidence.B),
        new("ATS-ORD-006", "A DMA longer than one TLP does not keep using an old translation for its later TLPs after the completion.",
            RuleSubject.Device, RuleSeverity.Critical, "long transfer, invalidate in the middle", "ACS", RuleConfidence.A),
        new("ATS-ORD-007", "Draining takes bounded time: new accesses with the old translation do not postpone the completion without end.",
            RuleSubject.Device, RuleSeverity.Error, "continuous traffic to the page", "BENCH", RuleConfidence.C),
        new("ATS-ORD-008", "The bytes of the last old-translation write are in the old page before the bench gives the page to another owner.",
            RuleSubject.Host, RuleSeverity.Critical, "memory image, canary page", "MMN, LX-VTDQ", RuleConfidence.A),
        new("ATS-ORD-009", "The TA's own cache is invalidated before the device's.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "RV", RuleConfidence.A),
        new("ATS-ORD-010", "A translation returned after the TA has processed the invalidation reflects the new tables.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "RV#281", RuleConfidence.A),
        new("ATS-ORD-011", "On copy-on-write and page replacement: clear the entry, invalidate, only then set the new entry.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "MMN", RuleConfidence.A),
        new("ATS-ORD-012", "Pages are freed only after all completions of the notifier call.",
            RuleSubject.Host, RuleSeverity.Critical, "bench self-check", "MMN, LX-VTD", RuleConfidence.A),
    ];
}
