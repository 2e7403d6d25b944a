namespace HilBench.Checking;

/// <summary>How well public sources found a rule.</summary>
public enum RuleConfidence
{
    /// <summary>Not known.</summary>
    None = 0,

    /// <summary>Two or more independent public sources agree.</summary>
    A,

    /// <summary>One public source.</summary>
    B,

    /// <summary>Derived, or common engineering knowledge: warns by default.</summary>
    C,
}
