namespace HilBench.Links;

/// <summary>What happened on a board. Source: docs/protocol.md, "event code".</summary>
public enum BoardEvent : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The link to what lies behind the bridge was lost.</summary>
    LostBehind = 1,

    /// <summary>It is there again.</summary>
    BackBehind = 2,

    /// <summary>A rail or temperature left its window; rails are off.</summary>
    OutsideWindow = 3,

    /// <summary>A rail's power-good did not come in time.</summary>
    PowerGoodTimeout = 4,

    /// <summary>The watchdog bit before this start.</summary>
    WatchdogBit = 5,

    /// <summary>The device went away or came.</summary>
    PresenceChanged = 6,
}
