using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>Says where the operations of a random program go: to few pages, so that they meet.</summary>
/// <param name="choice">The program's chance.</param>
/// <param name="mappings">Its mappings.</param>
/// <param name="processes">Its processes.</param>
internal sealed class FuzzAim(SeededChoice choice, IReadOnlyList<FuzzMapping> mappings, IReadOnlyList<FuzzProcess> processes)
{
    /// <summary>The page of the DMA operation that was started last, whatever that is when the step runs.</summary>
    public const string InFlight = ScenarioRun.InFlight;

    private const ulong Page = 4096;
    private const ulong HugePage = 2 << 20;

    /// <summary>The program's chance.</summary>
    public SeededChoice Choice => choice;

    /// <summary>A mapping.</summary>
    public FuzzMapping Mapping() => mappings[(int)choice.Below((ulong)mappings.Count)];

    /// <summary>A mapping of one of some kinds; null: the program has none.</summary>
    public FuzzMapping? MappingOf(params ReadOnlySpan<MappingKind> kinds)
    {
        var fitting = new List<FuzzMapping>();
        foreach (var mapping in mappings)
        {
            if (kinds.Contains(mapping.Kind))
            {
                fitting.Add(mapping);
            }
        }

        return fitting.Count == 0 ? null : fitting[(int)choice.Below((ulong)fitting.Count)];
    }

    /// <summary>A process.</summary>
    public FuzzProcess Process() => processes[(int)choice.Below((ulong)processes.Count)];

    /// <summary>The offset of a page in a mapping.</summary>
    public ulong PageOf(FuzzMapping mapping) => mapping.HotPages[(int)choice.Below((ulong)mapping.HotPages.Count)];

    /// <summary>An address in a mapping.</summary>
    public static string At(FuzzMapping mapping, ulong offset) => offset == 0 ? mapping.Name : $"{mapping.Name} + {StepText.Hex(offset)}";

    /// <summary>A range of few pages, and seldom of many.</summary>
    public (string At, string Size) Range(FuzzMapping mapping)
    {
        if (choice.Chance(30))
        {
            return (InFlight, StepText.Hex(Page));
        }

        var offset = PageOf(mapping);
        var size = choice.Below(20) switch
        {
            < 13 => Page,
            < 16 => 2 * Page,
            < 18 => Page * (1 + choice.Below(16)),
            18 => HugePage,
            _ => mapping.SizeBytes,
        };
        offset = size >= HugePage ? offset / HugePage * HugePage : offset;
        size = Math.Min(size, mapping.SizeBytes - offset);
        return (At(mapping, offset), StepText.Hex(size));
    }
}
