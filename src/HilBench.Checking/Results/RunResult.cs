namespace HilBench.Checking;

/// <summary>What one run of a suite on one device showed.</summary>
public sealed record RunResult
{
    /// <summary>The device URI as given.</summary>
    public required string Device { get; init; }

    /// <summary>The device's own name and version.</summary>
    public required string DeviceName { get; init; }

    /// <summary>Suite name, or the scenario file.</summary>
    public required string Suite { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Kernel profile name.</summary>
    public required string Profile { get; init; }

    /// <summary>Invalidation policy: 4k, exact, cover or global.</summary>
    public required string Policy { get; init; }

    /// <summary>The bench's version.</summary>
    public required string Version { get; init; }

    /// <summary>The command that repeats the run.</summary>
    public required string Replay { get; init; }

    /// <summary>One result for each scenario, in the order of the suite.</summary>
    public required IReadOnlyList<ScenarioResult> Scenarios { get; init; }

    /// <summary>Wall-clock time.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Whether the run was cut short by the user.</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>Scenarios with this verdict.</summary>
    public int Count(Verdict verdict) => Scenarios.Count(scenario => scenario.Verdict == verdict);
}
