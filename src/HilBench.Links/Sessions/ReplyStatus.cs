namespace HilBench.Links;

/// <summary>How a request ended. Source: docs/protocol.md, "Control".</summary>
public enum ReplyStatus : byte
{
    /// <summary>Carried out.</summary>
    Done = 0,

    /// <summary>The board does not know the operation.</summary>
    Unknown = 1,

    /// <summary>Malformed arguments.</summary>
    Malformed = 2,

    /// <summary>Not in this state.</summary>
    Refused = 3,

    /// <summary>It failed; a detail and a text follow.</summary>
    Failed = 4,

    /// <summary>What lies behind the bridge does not answer; a detail and a text follow.</summary>
    NothingBehind = 5,
}
