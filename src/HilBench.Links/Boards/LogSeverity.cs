namespace HilBench.Links;

/// <summary>How much a line of the board's log matters. Source: docs/protocol.md, LOG.</summary>
public enum LogSeverity : byte
{
    /// <summary>Something failed.</summary>
    Error = 0,

    /// <summary>Something may fail.</summary>
    Warning = 1,

    /// <summary>Something was done.</summary>
    Information = 2,

    /// <summary>For whoever looks for a mistake in the firmware.</summary>
    Detail = 3,
}
