namespace HilBench.Checking;

/// <summary>How often one rule was put to the test and broken.</summary>
internal sealed class RuleCounter(Rule rule)
{
    public Rule Rule { get; } = rule;

    public long Checked { get; set; }

    public long Broken { get; set; }
}
