namespace HilBench.Links;

/// <summary>What a simulated board is built of. The defaults are those of the bridge firmware's board (docs/firmware.md).</summary>
public sealed record BoardSimSettings
{
    /// <summary>The rails in the order in which they are switched on; off is the other way round.</summary>
    public IReadOnlyList<SimulatedRail> Rails { get; init; } =
    [
        new(0, "1V0", 1000, 950, 1050, TimeSpan.FromMilliseconds(2)),
        new(1, "1V8", 1800, 1710, 1890, TimeSpan.FromMilliseconds(2)),
        new(2, "3V3", 3300, 3135, 3465, TimeSpan.FromMilliseconds(3)),
    ];

    /// <summary>How long a rail may take until it is good.</summary>
    public TimeSpan PowerGoodTimeout { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Telemetry channel of the temperature.</summary>
    public byte TemperatureChannel { get; init; } = 16;

    /// <summary>Above this the rails are switched off, and stay off.</summary>
    public int HottestMilliCelsius { get; init; } = 85_000;

    /// <summary>Whether it starts with rails and clock on and PERST# released, as a board that somebody has set up.</summary>
    public bool StartsPowered { get; init; }
}
