namespace HilBench.Checking;

/// <summary>Translated and untranslated traffic.</summary>
internal static class TrafficRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-TRN-001", "Every translated request hits an address that a live entry of this function returned.",
            RuleSubject.Device, RuleSeverity.Critical, "AT=10 address against live grants", "LX-SMMU-CM, ACS", RuleConfidence.A),
        new("ATS-TRN-002", "No translated request while ATS Enable = 0.",
            RuleSubject.Device, RuleSeverity.Critical, "AT=10 with E=0", "RV, RVM", RuleConfidence.A),
        new("ATS-TRN-003", "No translated request for a range after the Invalidate Completion that covers it, until granted again.",
            RuleSubject.Device, RuleSeverity.Critical, "grant ledger by time of completion", "LX-SMMU-CM", RuleConfidence.A),
        new("ATS-TRN-004", "A translated request lies wholly inside one translation.",
            RuleSubject.Device, RuleSeverity.Critical, "start and end against the grant", "ACS", RuleConfidence.B),
        new("ATS-TRN-005", "The payload ends where the host's page table put the page at grant time (end to end, byte compare).",
            RuleSubject.Device, RuleSeverity.Critical, "memory image compare", "BENCH", RuleConfidence.B),
        new("ATS-TRN-006", "A PASID prefix on translated requests only where the device is allowed to send it; then it is the PASID of the grant.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "RV", RuleConfidence.C),
        new("ATS-TRN-007", "Untranslated requests (AT=00) stay legal at any time with ATS on.",
            RuleSubject.Device, RuleSeverity.Info, "do not flag", "RV, RVM", RuleConfidence.A),
        new("ATS-TRN-008", "No memory request of any kind while Bus Master Enable = 0.",
            RuleSubject.Device, RuleSeverity.Error, "any MRd/MWr", "ROCM", RuleConfidence.B),
        new("ATS-TRN-009", "Under T2GPA-like hosts the returned address is a guest address; checks compare with what was returned, not with host physical.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "RV", RuleConfidence.B),
        new("ATS-TRN-010", "Completions to translated reads are accepted even when the entry was invalidated meanwhile.",
            RuleSubject.Device, RuleSeverity.Error, "invalidate while the read is outstanding", "ACS", RuleConfidence.B),
    ];
}
