namespace HilBench.Scenarios;

/// <summary>Where an exploration stops before it has seen everything.</summary>
public sealed record ExploreBounds
{
    /// <summary>States that are kept.</summary>
    public int States { get; init; } = 20_000_000;

    /// <summary>Choices in one schedule.</summary>
    public int Depth { get; init; } = 20_000;

    /// <summary>Times that a thread which could go on is stopped for another one; null: any number.</summary>
    public int? Preemptions { get; init; }

    /// <summary>Time; null: any.</summary>
    public TimeSpan? Time { get; init; }
}
