namespace HilBench.Links;

/// <summary>What a frame is. Source: docs/protocol.md, "Frames".</summary>
public enum FrameKind : byte
{
    /// <summary>No frame.</summary>
    None = 0,

    /// <summary>The host opens a session.</summary>
    Hello = 0x01,

    /// <summary>The board: the session is open.</summary>
    Welcome = 0x02,

    /// <summary>The board: it is not, and why.</summary>
    Refuse = 0x03,

    /// <summary>The board: the session of a frame does not exist.</summary>
    Gone = 0x04,

    /// <summary>Ends the session.</summary>
    Bye = 0x05,

    /// <summary>Acknowledges and grants.</summary>
    Ack = 0x10,

    /// <summary>Go back to ack.</summary>
    Nak = 0x11,

    /// <summary>Please send a frame.</summary>
    Poll = 0x12,

    /// <summary>The host asks for an operation.</summary>
    Request = 0x20,

    /// <summary>The board has carried it out, or not.</summary>
    Reply = 0x21,

    /// <summary>It is under way.</summary>
    Working = 0x22,

    /// <summary>Epoch, cycle and a TLP.</summary>
    Tlp = 0x40,

    /// <summary>Something happened on the board.</summary>
    Event = 0x41,

    /// <summary>Measured values.</summary>
    Telemetry = 0x42,

    /// <summary>A line for people.</summary>
    Log = 0x43,

    /// <summary>Bytes to be sent back.</summary>
    Echo = 0x44,

    /// <summary>The same bytes.</summary>
    Echoed = 0x45,
}
