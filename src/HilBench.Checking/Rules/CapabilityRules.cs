namespace HilBench.Checking;

/// <summary>Capabilities and enables.</summary>
internal static class CapabilityRules
{
    public static Rule[] All { get; } =
    [
        new("ATS-CAP-001", "ATS capability id 0x000F has capability at +4, control at +6, version 1.",
            RuleSubject.Device, RuleSeverity.Error, "config read", "LX-ATS, QEMU", RuleConfidence.A),
        new("ATS-CAP-002", "Invalidate Queue Depth 0 means 32; a virtual function reads 0.",
            RuleSubject.Device, RuleSeverity.Error, "config read", "LX-ATS, IPG", RuleConfidence.A),
        new("ATS-CAP-003", "With Page Aligned Request set, bits 11:2 of every Translation Request address are 0.",
            RuleSubject.Device, RuleSeverity.Error, "every Translation Request", "LX-ATS, IPG", RuleConfidence.A),
        new("ATS-CAP-004", "ATS Enable is 0 after reset, FLR included.",
            RuleSubject.Device, RuleSeverity.Error, "config read after reset", "QEMU, IPG", RuleConfidence.A),
        new("ATS-CAP-005", "STU and Enable are writable, reserved control bits are not.",
            RuleSubject.Device, RuleSeverity.Warning, "write all ones, read back", "LX-ATS, QEMU", RuleConfidence.B),
        new("ATS-CAP-006", "STU is changed only while Enable is 0; a virtual function's STU equals its physical function's.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "LX-ATS", RuleConfidence.A),
        new("ATS-CAP-007", "PRI capability id 0x0013; Stopped = 1 and Enable = 0 out of reset.",
            RuleSubject.Device, RuleSeverity.Error, "config read", "LX-ATS, QEMU", RuleConfidence.A),
        new("ATS-CAP-008", "Outstanding page request allocation written by the host does not exceed the capacity.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "LX-ATS", RuleConfidence.A),
        new("ATS-CAP-009", "Max PASID Width is at most 20.",
            RuleSubject.Device, RuleSeverity.Error, "config read", "LX-ATS", RuleConfidence.B),
        new("ATS-CAP-010", "PASID control enables only what the capability supports.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check", "LX-ATS", RuleConfidence.A),
        new("ATS-CAP-011", "A device with PASID advertises End-End prefix support in Device Capabilities 2 (non-flit).",
            RuleSubject.Device, RuleSeverity.Warning, "config read", "LX-ATS (refuses to enable otherwise)", RuleConfidence.B),
    ];
}
