namespace HilBench.Checking;

/// <summary>What one scenario showed.</summary>
public sealed record ScenarioResult
{
    /// <summary>Unique in its suite, for example "invalidate-inside/2MiB-4KiB-middle".</summary>
    public required string Name { get; init; }

    /// <summary>One sentence: what it does and why.</summary>
    public required string About { get; init; }

    /// <summary>How it ended.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Why, for verdicts other than Passed and Failed; null otherwise.</summary>
    public string? Note { get; init; }

    /// <summary>The seed of this scenario: a function of the run's seed and the name.</summary>
    public required ulong Seed { get; init; }

    /// <summary>DMA operations finished and invalidations completed.</summary>
    public required long Transactions { get; init; }

    /// <summary>CPU operations that were begun.</summary>
    public long CpuOperations { get; init; }

    /// <summary>Device clock cycles.</summary>
    public required ulong Cycles { get; init; }

    /// <summary>TLPs from the host to the device.</summary>
    public required long TlpsToDevice { get; init; }

    /// <summary>TLPs from the device to the host.</summary>
    public required long TlpsFromDevice { get; init; }

    /// <summary>Rules that were put to the test, with counts.</summary>
    public required IReadOnlyList<RuleCount> Rules { get; init; }

    /// <summary>Rules that it is about.</summary>
    public IReadOnlyList<string> Focus { get; init; } = [];

    /// <summary>The kinds of meeting between invalidations and translations that it brought about.</summary>
    public IReadOnlyList<InvalidationBin> Bins { get; init; } = [];

    /// <summary>What was broken, in order of time.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>The command that repeats exactly this scenario.</summary>
    public required string Replay { get; init; }

    /// <summary>The last journal lines in words, for the report's timeline; empty for scenarios that passed.</summary>
    public IReadOnlyList<EvidenceLine> Timeline { get; init; } = [];

    /// <summary>Wall-clock time: the only field that differs between two runs with one seed.</summary>
    public required TimeSpan Duration { get; init; }
}
