namespace HilBench.Checking;

/// <summary>Subscribers of the MMU notifiers: clients of the host's kernel, not the device under test.</summary>
internal static class SubscriberRules
{
    public static Rule[] All { get; } =
    [
        new("MMN-SUB-001", "After a CPU operation has returned, no access through a subscriber's table meets a page that the CPU page tables left.",
            RuleSubject.Host, RuleSeverity.Critical, "device access through the subscriber's table, compared with the CPU page table", "LX-MMN", RuleConfidence.B),
        new("MMN-SUB-002", "A subscriber with a known mistake shows what the mistake leads to.",
            RuleSubject.Host, RuleSeverity.Error, "bench self-check: the same schedule with the mistake switched on", "BENCH", RuleConfidence.B),
    ];
}
