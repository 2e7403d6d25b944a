using HilBench.Checking;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>What a bench is made of, besides the device.</summary>
public sealed record BenchOptions
{
    /// <summary>The kernel that is modelled.</summary>
    public KernelProfile Profile { get; init; } = KernelProfile.Default;

    /// <summary>How ranges become Invalidate Requests.</summary>
    public InvalidationPolicy Policy { get; init; } = InvalidationPolicy.Page;

    /// <summary>Decides everything that is left to chance.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Physical memory, bytes.</summary>
    public ulong MemoryBytes { get; init; } = 4UL << 30;

    /// <summary>Whether checkers run. Only a benchmark turns them off.</summary>
    public bool IsChecked { get; init; } = true;

    /// <summary>Translations that the checkers remember, as a power of two.</summary>
    public int CheckerMemoryLog2 { get; init; } = Checker.DefaultMemoryLog2;

    /// <summary>Whether rules that only warn fail a scenario.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Cycles that the device has for each request of the host.</summary>
    public ulong DeadlineCycles { get; init; } = 100_000;

    /// <summary>Cycles that TLPs of the host take from the start.</summary>
    public int LatencyCycles { get; init; } = 16;

    /// <summary>Journal lines that are kept for evidence, as a power of two.</summary>
    public int JournalLog2 { get; init; } = 15;

    /// <summary>Choices to repeat; null: the seed decides.</summary>
    public ChoiceRecord? Replayed { get; init; }

    /// <summary>Takes down what chance decides; null: nobody asks.</summary>
    public ChoiceRecord? Recorded { get; init; }

    /// <summary>Page-table levels: 4 or 5.</summary>
    public int PageTableLevels { get; init; } = 4;

    /// <summary>Width of canonical addresses, bits; null: what the page-table levels make it. Only answers that no table holds go beyond them.</summary>
    public int? AddressBits { get; init; }

    /// <summary>The Requester ID of the host's translation agent.</summary>
    public RequesterId Agent { get; init; } = RequesterId.From(0, 1, 0);
}
