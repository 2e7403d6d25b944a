namespace HilBench.Links;

/// <summary>What a board can do. Source: docs/protocol.md, "Sessions", feature bits.</summary>
[Flags]
public enum BoardFeatures
{
    /// <summary>Nothing but the link itself.</summary>
    None = 0,

    /// <summary>TLPs, RESET, RUN.</summary>
    Device = 1 << 0,

    /// <summary>The device clock stands outside RUN.</summary>
    Paced = 1 << 1,

    /// <summary>ECHO.</summary>
    Echo = 1 << 2,

    /// <summary>POWER, PERST, REFCLK, STATE.</summary>
    Control = 1 << 3,

    /// <summary>Measured values.</summary>
    Telemetry = 1 << 4,

    /// <summary>Log and fault log.</summary>
    Log = 1 << 5,

    /// <summary>Something lies behind it: DESCRIBE 1.</summary>
    Bridge = 1 << 6,

    /// <summary>COUNTERS.</summary>
    Counters = 1 << 7,
}
