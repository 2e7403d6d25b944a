namespace HilBench.Checking;

/// <summary>PASID.</summary>
internal static class PasidRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-PAS-001", "PASID values fit Max PASID Width.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "LX-ATS, RVM", RuleConfidence.A),
        new("ATS-PAS-002", "Prefix byte is 0x91, exactly one, directly before the TLP.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "FIM", RuleConfidence.A),
        new("ATS-PAS-003", "No prefix with PASID Enable = 0.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "LX-ATS, RV", RuleConfidence.A),
        new("ATS-PAS-004", "A translation obtained under one PASID is never used for work of another.",
            RuleSubject.Device, RuleSeverity.Critical, "two processes, same VA, different pages", "QEMU test-atc, LX-VTD", RuleConfidence.A),
        new("ATS-PAS-005", "A PASID translation is never used for work without PASID, nor the reverse (unless Global).",
            RuleSubject.Device, RuleSeverity.Critical, "mixed work", "LX-SMMU", RuleConfidence.B),
        new("ATS-PAS-006", "After a PASID is torn down (all its range invalidated, acknowledged) no translated traffic from its grants.",
            RuleSubject.Device, RuleSeverity.Critical, "process exit under load", "LX-VTD", RuleConfidence.A),
        new("ATS-PAS-007", "A PASID that is handed to a new process sees nothing of the old one.",
            RuleSubject.Device, RuleSeverity.Critical, "exit, reuse the PASID, same VA", "LX-VTD", RuleConfidence.A),
        new("ATS-PAS-008", "Same VA under many PASIDs can be held at once without cross hits.",
            RuleSubject.Device, RuleSeverity.Critical, "2^n PASIDs", "QEMU test-atc", RuleConfidence.A),
        new("ATS-PAS-009", "Reserved prefix bits 23:22 are 0.",
            RuleSubject.Device, RuleSeverity.Warning, "decode", "BSAX", RuleConfidence.C),
    ];
}
