namespace HilBench.Checking;

/// <summary>How often one rule was put to the test and broken.</summary>
internal sealed class RuleCounter(Rule rule, string implementer)
{
    /// <summary>The class that judges it.</summary>
    public string Implementer { get; } = implementer;

    public Rule Rule { get; } = rule;

    public long Checked { get; set; }

    public long Broken { get; set; }
}
