namespace HilBench.Checking;

/// <summary>How often a rule's check was carried out and how often it fired.</summary>
/// <param name="Rule">Rule id.</param>
/// <param name="Checked">Times that the rule was put to the test.</param>
/// <param name="Broken">Times that it was broken.</param>
public sealed record RuleCount(string Rule, long Checked, long Broken);
