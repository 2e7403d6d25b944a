namespace HilBench.Checking;

/// <summary>Translation Requests.</summary>
internal static class RequestRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-REQ-001", "No Translation Request while ATS Enable = 0.",
            RuleSubject.Device, RuleSeverity.Critical, "AT=01 with E=0", "RV, RVM", RuleConfidence.A),
        new("ATS-REQ-002", "AT=01 only on memory reads; never on writes or atomics.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "ASE", RuleConfidence.A),
        new("ATS-REQ-003", "AT=11 is never sent.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "ASE, RVM", RuleConfidence.A),
        new("ATS-REQ-004", "Length is even and at least 2 DW.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "ASE", RuleConfidence.B),
        new("ATS-REQ-005", "Length does not exceed one read completion boundary.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "ASE", RuleConfidence.B),
        new("ATS-REQ-006", "64-bit header form only for addresses at or above 4 GiB.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "ASE", RuleConfidence.B),
        new("ATS-REQ-007", "Tag is not in use by another outstanding non-posted request of the function.",
            RuleSubject.Device, RuleSeverity.Error, "tag table", "ASE (tag checks), CXP", RuleConfidence.A),
        new("ATS-REQ-008", "Requester ID is the function's own.",
            RuleSubject.Device, RuleSeverity.Error, "compare with captured bus number", "RVM, FIM", RuleConfidence.A),
        new("ATS-REQ-009", "First and Last BE are 1111.",
            RuleSubject.Device, RuleSeverity.Warning, "decode", "-", RuleConfidence.C),
        new("ATS-REQ-010", "A PASID prefix appears only when PASID Enable = 1.",
            RuleSubject.Device, RuleSeverity.Error, "decode against config", "RV, LX-ATS", RuleConfidence.A),
        new("ATS-REQ-011", "Execute Requested only with PASID and Execute Permission Enable.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "RV, LX-ATS", RuleConfidence.A),
        new("ATS-REQ-012", "Privileged Mode Requested only with PASID and Privileged Mode Enable.",
            RuleSubject.Device, RuleSeverity.Error, "decode", "RV, LX-ATS, QEMU", RuleConfidence.A),
        new("ATS-REQ-013", "A function that asked with NW = 1 does not write through the result, whatever W says.",
            RuleSubject.Device, RuleSeverity.Warning, "translated write against a grant from NW", "RVM (flag)", RuleConfidence.C),
        new("ATS-REQ-014", "The number of outstanding Translation Requests is bounded; no storm after R=W=0 (same page asked again at once, more than N times).",
            RuleSubject.Device, RuleSeverity.Warning, "rate counter per page", "RV", RuleConfidence.C),
        new("ATS-REQ-015", "No Translation Request while Bus Master Enable = 0.",
            RuleSubject.Device, RuleSeverity.Error, "AT=01 with BME=0", "ROCM (BME limits requests, not invalidate completions)", RuleConfidence.B),
        new("ATS-REQ-016", "Speculative translation requests are legal as soon as Enable is set.",
            RuleSubject.Device, RuleSeverity.Info, "do not flag", "LX-EN", RuleConfidence.B),
        new("ATS-REQ-017", "Address is canonical for the host's address width, else an access that can only fault.",
            RuleSubject.Device, RuleSeverity.Warning, "decode", "LX-VTD", RuleConfidence.B),
    ];
}
