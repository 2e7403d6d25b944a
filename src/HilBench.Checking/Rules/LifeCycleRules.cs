namespace HilBench.Checking;

/// <summary>Life cycle.</summary>
internal static class LifeCycleRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-LIF-001", "No entry survives Enable 1 -> 0 -> 1.",
            RuleSubject.Device, RuleSeverity.Critical, "grant, off, remap, on, access", "BSAX; LX-SMMU (driver invalidates explicitly before disabling)", RuleConfidence.B),
        new("ATS-LIF-002", "Translation requests in flight when Enable is cleared leave no entry.",
            RuleSubject.Device, RuleSeverity.Critical, "hold the completion over the toggle", "BENCH", RuleConfidence.C),
        new("ATS-LIF-003", "FLR clears Enable and the cache.",
            RuleSubject.Device, RuleSeverity.Critical, "grant, FLR, enable, access", "LX-RST, FIM", RuleConfidence.A),
        new("ATS-LIF-004", "During FLR (or any reset) invalidations may be ignored.",
            RuleSubject.Device, RuleSeverity.Info, "do not flag", "LX-RST", RuleConfidence.A),
        new("ATS-LIF-005", "After reset no completion appears for an ITag from before.",
            RuleSubject.Device, RuleSeverity.Error, "table cleared at reset", "LX-RST", RuleConfidence.C),
        new("ATS-LIF-006", "The host stops and drains invalidations before FLR, D-state change, or clearing Enable.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "LX-RST, RV#688", RuleConfidence.A),
        new("ATS-LIF-007", "D3hot and back: cache empty or still coherent: no stale access.",
            RuleSubject.Device, RuleSeverity.Critical, "grant, D3, remap, D0", "LX-RST (power transitions named)", RuleConfidence.C),
        new("ATS-LIF-008", "Hot reset, link down: cache empty.",
            RuleSubject.Device, RuleSeverity.Critical, "link retrain through down", "LX-RST", RuleConfidence.C),
        new("ATS-LIF-009", "The host enables ATS at the TA before the endpoint, and disables in the other order.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "LX-EN, RV", RuleConfidence.A),
        new("ATS-LIF-010", "Toggling Bus Master Enable neither revives nor hides stale entries: invalidations received meanwhile are honoured.",
            RuleSubject.Device, RuleSeverity.Critical, "BME=0, invalidate, BME=1, access", "ROCM", RuleConfidence.B),
        new("ATS-LIF-011", "Changing PASID Enable leaves no usable PASID-tagged entry.",
            RuleSubject.Device, RuleSeverity.Critical, "grant, PASID off and on", "-", RuleConfidence.C),
        new("ATS-LIF-012", "Changing the STU (with Enable 0) leaves no entry of the old size.",
            RuleSubject.Device, RuleSeverity.Critical, "as ATS-LIF-001", "LX-ATS", RuleConfidence.C),
        new("ATS-LIF-013", "After a bus renumbering, requests and completions carry the new Requester ID.",
            RuleSubject.Device, RuleSeverity.Error, "config write to a new bus number", "-", RuleConfidence.C),
    ];
}
