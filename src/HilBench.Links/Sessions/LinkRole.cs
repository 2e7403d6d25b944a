namespace HilBench.Links;

/// <summary>The two ends of a link.</summary>
public enum LinkRole
{
    /// <summary>Opens the session and sends requests.</summary>
    Host,

    /// <summary>Answers.</summary>
    Board,
}
