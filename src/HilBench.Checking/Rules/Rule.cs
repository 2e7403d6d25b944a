namespace HilBench.Checking;

/// <summary>One checkable rule of the ATS, PASID and PRI protocols.</summary>
/// <param name="Id">For example ATS-INV-002; never changes.</param>
/// <param name="Sentence">What must hold.</param>
/// <param name="Subject">Whose conduct it judges.</param>
/// <param name="Severity">What a breach means.</param>
/// <param name="Observation">How a breach is seen, or the least stimulus that shows it.</param>
/// <param name="Source">Public sources, by the keys of docs/sources.md.</param>
/// <param name="Confidence">How well the sources found it.</param>
public sealed record Rule(
    string Id,
    string Sentence,
    RuleSubject Subject,
    RuleSeverity Severity,
    string Observation,
    string Source,
    RuleConfidence Confidence);
