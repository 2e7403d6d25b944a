namespace HilBench.Links;

/// <summary>The operations of REQUEST. Source: docs/protocol.md, "Control".</summary>
public enum BoardOperation : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>What the board, or what lies behind it, says of itself.</summary>
    Describe = 0x01,

    /// <summary>Resets the device.</summary>
    Reset = 0x02,

    /// <summary>Runs the device clock.</summary>
    Run = 0x03,

    /// <summary>The board's link counters.</summary>
    Counters = 0x04,

    /// <summary>Rails on or off.</summary>
    Power = 0x10,

    /// <summary>PERST#.</summary>
    Perst = 0x11,

    /// <summary>The reference clock.</summary>
    Refclk = 0x12,

    /// <summary>The interval of measured values.</summary>
    Telemetry = 0x13,

    /// <summary>Power, reset, clock, presence.</summary>
    State = 0x14,

    /// <summary>One entry of the fault log.</summary>
    Fault = 0x15,

    /// <summary>Empties the fault log.</summary>
    ForgetFaults = 0x16,

    /// <summary>The board tests itself.</summary>
    SelfTest = 0x17,

    /// <summary>The board starts anew.</summary>
    Reboot = 0x18,
}
