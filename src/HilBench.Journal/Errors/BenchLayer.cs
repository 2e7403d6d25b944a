namespace HilBench.Journal;

/// <summary>The layers between a command and the device, outermost first: an error names the first that failed.</summary>
public enum BenchLayer
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>This machine: a missing tool or library, a full disk.</summary>
    Host,

    /// <summary>The right to open something.</summary>
    Permission,

    /// <summary>The cable, or nothing at its end.</summary>
    Cable,

    /// <summary>The bridge between cable and board.</summary>
    Bridge,

    /// <summary>The framed link over the bridge.</summary>
    Link,

    /// <summary>The board: power, clock, reset.</summary>
    Board,

    /// <summary>The device or its model.</summary>
    Device,
}
