namespace HilBench.Checking;

/// <summary>What a fuzzing run did and found. Everything but the durations and the memory follows from seed and operations.</summary>
public sealed record FuzzResult
{
    /// <summary>The device URI as given.</summary>
    public required string Device { get; init; }

    /// <summary>What the device calls itself.</summary>
    public required string DeviceName { get; init; }

    /// <summary>The run's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The kernel that is modelled.</summary>
    public required string Profile { get; init; }

    /// <summary>The bench's version.</summary>
    public required string Version { get; init; }

    /// <summary>Programs that ran.</summary>
    public required long Programs { get; init; }

    /// <summary>Programs that were changed from one that had shown something new.</summary>
    public required long Mutated { get; init; }

    /// <summary>Programs in which the modelled host or the bench itself went wrong: no fault of the device.</summary>
    public long Abandoned { get; init; }

    /// <summary>What went wrong in the first of them; null: in none.</summary>
    public string? Trouble { get; init; }

    /// <summary>CPU operations, DMA operations and invalidations that ended.</summary>
    public required long Operations { get; init; }

    /// <summary>DMA operations and invalidations that ended.</summary>
    public required long Transactions { get; init; }

    /// <summary>Device clock cycles.</summary>
    public required ulong Cycles { get; init; }

    /// <summary>Functional bins that were reached, as words.</summary>
    public required IReadOnlyList<string> Bins { get; init; }

    /// <summary>Lines and toggles of the device's RTL that were reached; 0 when the device counts none.</summary>
    public ulong CoveredPoints { get; init; }

    /// <summary>Kinds of meeting between invalidations and translations that came about.</summary>
    public required IReadOnlyList<InvalidationBin> Meetings { get; init; }

    /// <summary>What was found; null: nothing.</summary>
    public FuzzFinding? Finding { get; init; }

    /// <summary>Whether it was ended from outside.</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>Wall-clock time, without that of shrinking.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Resident memory of the process at the start, bytes.</summary>
    public long StartBytes { get; init; }

    /// <summary>Resident memory of the process at the end, bytes.</summary>
    public long EndBytes { get; init; }
}
