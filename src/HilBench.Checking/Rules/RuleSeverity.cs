namespace HilBench.Checking;

/// <summary>What the breach of a rule means, mildest first.</summary>
public enum RuleSeverity
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Allowed conduct that a checker must not flag.</summary>
    Info,

    /// <summary>Quality, or a rule whose source is not confirmed.</summary>
    Warning,

    /// <summary>A protocol violation.</summary>
    Error,

    /// <summary>Access to memory that is stale or forbidden.</summary>
    Critical,
}
