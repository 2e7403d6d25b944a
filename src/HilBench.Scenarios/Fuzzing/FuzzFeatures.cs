using HilBench.Journal;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>
/// What one random program has and has not. Each program draws its own: a few things thoroughly find more than all things a
/// little.
/// </summary>
internal sealed record FuzzFeatures
{
    private const int SlowReadCycles = 400;
    private const int SlowPercent = 8;
    private const int SlowDeadline = 40_000;
    private const int GapPercent = 20;

    /// <summary>
    /// Whether the device reads all the time, and each read takes long: one that waits for later reads, too, waits beyond every
    /// limit.
    /// </summary>
    public required bool IsSlow { get; init; }

    /// <summary>
    /// Cycles that the device has for an Invalidate Request; 0: as many as ever. With a full queue each request waits for the
    /// reads of those in front, and so needs its own reads' time once for each.
    /// </summary>
    public int Deadline => IsSlow ? SlowDeadline : 0;

    /// <summary>Processes that exist from the start, 1 to 3.</summary>
    public required int Processes { get; init; }

    /// <summary>Children that are forked before the race begins.</summary>
    public required int Forks { get; init; }

    /// <summary>Whether the second function of the device works too.</summary>
    public required bool HasSecondFunction { get; init; }

    /// <summary>Whether the device asks for missing pages.</summary>
    public required bool HasPageRequests { get; init; }

    /// <summary>Whether DMA asks for execute permission or privileged mode.</summary>
    public required bool HasPermissions { get; init; }

    /// <summary>Whether more than one traffic class is used.</summary>
    public required bool HasClasses { get; init; }

    /// <summary>Whether the host sends invalidations that no operation asked for.</summary>
    public required bool HasSpuriousInvalidations { get; init; }

    /// <summary>Whether completions are held back at times.</summary>
    public required bool HoldsCompletions { get; init; }

    /// <summary>Kinds of mappings, as bits of <see cref="MappingKind"/>.</summary>
    public required int Mappings { get; init; }

    /// <summary>Groups of operations, as bits of <see cref="OperationGroup"/>.</summary>
    public required int Operations { get; init; }

    /// <summary>CPUs that work at once.</summary>
    public required int Cpus { get; init; }

    /// <summary>Pages of each mapping that everything is aimed at.</summary>
    public required int HotPages { get; init; }

    /// <summary>Of 100 DMA operations so many write.</summary>
    public required int WritePercent { get; init; }

    /// <summary>Of 100 DMA operations so many are longer than 128 bytes.</summary>
    public required int LongPercent { get; init; }

    /// <summary>Of 100 DMA operations so many ask for several translations at once.</summary>
    public required int SeveralTranslationsPercent { get; init; }

    /// <summary>Branches that start DMA, each on pages of its own choice: one alone does not keep a quick device busy.</summary>
    public required int Streams { get; init; }

    /// <summary>DMA operations that a step starts before it waits for them, where it waits.</summary>
    public required int Burst { get; init; }

    /// <summary>How ranges are cut into Invalidate Requests.</summary>
    public required InvalidationPolicy Policy { get; init; }

    /// <summary>Cycles of the device after each turn, at most.</summary>
    public required int DeviceCycles { get; init; }

    /// <summary>Cycles that TLPs of the host take.</summary>
    public required int Latency { get; init; }

    /// <summary>Up to so many cycles more by chance.</summary>
    public required int Jitter { get; init; }

    /// <summary>More cycles for Translation Completions.</summary>
    public required int TranslationCycles { get; init; }

    /// <summary>More cycles for read completions.</summary>
    public required int ReadCycles { get; init; }

    /// <summary>Idle cycles of the device before each TLP.</summary>
    public required int TransmitGap { get; init; }

    /// <summary>Draws the features of a program.</summary>
    public static FuzzFeatures Draw(SeededChoice choice)
    {
        var isSlow = choice.Chance(SlowPercent);
        return new FuzzFeatures
        {
            IsSlow = isSlow,
            Processes = OneOf(choice, 1, 1, 1, 2, 2, 3),
            Forks = OneOf(choice, 0, 0, 0, 1, 1, 2),
            HasSecondFunction = choice.Chance(25),
            HasPageRequests = choice.Chance(20),
            HasPermissions = choice.Chance(15),
            HasClasses = choice.Chance(15),
            HasSpuriousInvalidations = choice.Chance(60) || isSlow,
            HoldsCompletions = choice.Chance(40) && !isSlow,
            Mappings = Bits(choice, Enum.GetValues<MappingKind>().Length),
            Operations = Bits(choice, Enum.GetValues<OperationGroup>().Length) | 1,
            Cpus = isSlow ? 1 : OneOf(choice, 1, 1, 2, 2, 3),
            HotPages = OneOf(choice, 2, 4, 4, 8, 16),
            WritePercent = isSlow ? 5 : OneOf(choice, 10, 25, 25, 50, 90),
            LongPercent = isSlow ? 0 : OneOf(choice, 0, 0, 2, 5, 10, 20),
            SeveralTranslationsPercent = OneOf(choice, 0, 0, 20, 60),
            Streams = isSlow ? 1 : OneOf(choice, 1, 2, 2, 3),
            Burst = OneOf(choice, 1, 4, 8, 8),
            Policy = OneOf(
                choice, InvalidationPolicy.Page, InvalidationPolicy.Page, InvalidationPolicy.Page, InvalidationPolicy.Page,
                InvalidationPolicy.Exact, InvalidationPolicy.Exact, InvalidationPolicy.Cover, InvalidationPolicy.Global),
            DeviceCycles = OneOf(choice, 2, 4, 4, 8, 8, 16, 24),
            Latency = OneOf(choice, 1, 2, 2, 4, 4, 8, 16),
            Jitter = OneOf(choice, 0, 0, 2, 4, 8, 20),
            TranslationCycles = OneOf(choice, 0, 0, 0, 4, 16),
            ReadCycles = isSlow ? SlowReadCycles : OneOf(choice, 0, 0, 0, 0, 8, 8, 8, 60),
            TransmitGap = isSlow || !choice.Chance(GapPercent) ? 0 : OneOf(choice, 2, 2, 6, 20),
        };
    }

    /// <summary>One of several values.</summary>
    public static T OneOf<T>(SeededChoice choice, params ReadOnlySpan<T> values) => values[(int)choice.Below((ulong)values.Length)];

    private static int Bits(SeededChoice choice, int count)
    {
        var bits = (int)choice.Below(1UL << count);
        return bits == 0 ? 1 : bits;
    }
}
