namespace HilBench.Checking;

/// <summary>A rule was broken, and how we know.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Time">When it was seen, in the journal's unit.</param>
/// <param name="Reason">What was seen and why it breaks the rule, in one or two sentences.</param>
/// <param name="Evidence">The lines that prove it, in order of time.</param>
public sealed record Violation(Rule Rule, ulong Time, string Reason, IReadOnlyList<EvidenceLine> Evidence)
{
    /// <summary>The untranslated address concerned; null: none, or not known.</summary>
    public ulong? Address { get; init; }
}
