namespace HilBench.Lab;

/// <summary>How a board's rails are switched.</summary>
public sealed record PowerEntry
{
    /// <summary>The relay; null: the board's own power control.</summary>
    public SwitchEntry? Relay { get; init; }

    /// <summary>How long the rails stay off when they are switched off and on.</summary>
    public TimeSpan Off { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the board may take from power to its first answer.</summary>
    public TimeSpan Up { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after power-on measured values may be outside of their windows.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(200);
}
