namespace HilBench.Links;

/// <summary>What a measured value counts. Source: docs/protocol.md, TELEMETRY.</summary>
public enum MeasurementUnit : byte
{
    /// <summary>Not known to this bench.</summary>
    None = 0,

    /// <summary>Millivolts.</summary>
    Millivolt = 1,

    /// <summary>Milliamperes.</summary>
    Milliampere = 2,

    /// <summary>Milliwatts.</summary>
    Milliwatt = 3,

    /// <summary>Thousandths of a degree Celsius.</summary>
    MilliCelsius = 4,

    /// <summary>A plain number.</summary>
    Count = 5,
}
