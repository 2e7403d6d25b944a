namespace HilBench.Checking;

/// <summary>What a suite made of one faulty device.</summary>
/// <param name="Fault">Fault id, for example M11.</param>
/// <param name="Summary">The mistake, in one sentence.</param>
/// <param name="ExpectedRules">Rules that the fault is documented to break.</param>
/// <param name="KilledBy">The first scenario that failed, or that gave a warning which the device without the fault does not give; null when the fault survived.</param>
/// <param name="FirstRule">The rule that caught it first; null when it survived.</param>
/// <param name="TransactionsToKill">Transactions before that, counted over the scenarios run so far.</param>
/// <param name="Rules">Every rule that was broken, with counts over the scenarios that ran.</param>
public sealed record FaultResult(
    string Fault,
    string Summary,
    IReadOnlyList<string> ExpectedRules,
    string? KilledBy,
    string? FirstRule,
    long TransactionsToKill,
    IReadOnlyList<RuleCount> Rules)
{
    /// <summary>Whether the suite saw the fault.</summary>
    public bool IsKilled => KilledBy is not null;
}
