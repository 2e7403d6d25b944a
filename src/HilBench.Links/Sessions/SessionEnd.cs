namespace HilBench.Links;

/// <summary>Why a host has no session, or none yet.</summary>
public enum SessionEnd
{
    /// <summary>It has one, or never had one, or closed it itself.</summary>
    None,

    /// <summary>REFUSE: no protocol version that both sides speak.</summary>
    RefusedVersion,

    /// <summary>REFUSE: the board serves another host. HELLO is sent again.</summary>
    RefusedBusy,

    /// <summary>REFUSE: a value is outside the board's limits.</summary>
    RefusedLimits,

    /// <summary>GONE: the board knows no session since it started.</summary>
    Restarted,

    /// <summary>GONE: another host has opened one.</summary>
    Replaced,

    /// <summary>BYE, or GONE after it.</summary>
    Ended,
}
