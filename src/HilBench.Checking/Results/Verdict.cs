namespace HilBench.Checking;

/// <summary>How a scenario ended.</summary>
public enum Verdict
{
    /// <summary>Not run.</summary>
    None = 0,

    /// <summary>It ran, and no rule was broken.</summary>
    Passed,

    /// <summary>It breaks a rule that the chosen kernel profile is known to break; the reason is in the result's note.</summary>
    KnownUnsafe,

    /// <summary>The device lacks what the scenario needs; the reason is in the result's note.</summary>
    NotApplicable,

    /// <summary>The device broke a rule.</summary>
    Failed,

    /// <summary>The bench could not do its work.</summary>
    Error,
}
