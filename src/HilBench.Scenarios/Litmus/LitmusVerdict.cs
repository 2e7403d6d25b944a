namespace HilBench.Scenarios;

/// <summary>What a litmus file says of an outcome.</summary>
public enum LitmusVerdict
{
    /// <summary>It is neither forbidden nor in the list of what is allowed: the file or the bench has a gap.</summary>
    Unlisted = 0,

    /// <summary>It may happen.</summary>
    Allowed,

    /// <summary>It must never happen.</summary>
    Forbidden,
}
