namespace HilBench.Links;

/// <summary>How far a session is. Source: docs/protocol.md, "Sessions".</summary>
public enum LinkState
{
    /// <summary>There is none.</summary>
    Closed,

    /// <summary>At a host: HELLO is sent until it is answered.</summary>
    Opening,

    /// <summary>At a board: WELCOME was sent, the host has not shown that it came.</summary>
    Unconfirmed,

    /// <summary>Messages go both ways.</summary>
    Open,
}
