using System.Diagnostics.CodeAnalysis;

namespace HilBench.Notifiers;

/// <summary>
/// A placement as the notifier specification writes it in table 2.6: <c>L+E</c>, <c>G+E</c>, <c>X</c>, <c>TL</c>,
/// <c>P</c>, <c>R</c>, <c>young</c>, <c>-</c>, <c>n/a</c>; an exclamation mark at the end says that it was unsafe.
/// </summary>
/// <remarks>
/// The order of the parts is the order in time. TL, TG, TA and TF differ in where the CPU flush stands, which the site
/// says; at a site whose flush stands elsewhere TF and TA move it (<see cref="Experiment"/>).
/// </remarks>
public readonly record struct PlacementCode
{
    private readonly string? _text;

    private PlacementCode(string text, Placement placement, SiteExperiment experiment)
    {
        _text = text;
        Placement = placement;
        Experiment = experiment;
    }

    /// <summary>What the code says in flags.</summary>
    public Placement Placement { get; }

    /// <summary>
    /// Where the CPU flush is moved when the code is used as an experiment: TF before end, TA after end.
    /// </summary>
    public SiteExperiment Experiment { get; }

    /// <summary>Whether the code carries the mark of a placement that was unsafe.</summary>
    public bool IsUnsafe => _text?.EndsWith('!') == true;

    /// <summary>Whether the site exists at all.</summary>
    public bool Exists => !Placement.HasFlag(Placement.Absent);

    /// <summary>The code of a placement that is given in flags.</summary>
    public static PlacementCode Of(Placement placement)
    {
        if (placement.HasFlag(Placement.Absent))
        {
            return new("n/a", placement, SiteExperiment.None);
        }

        var parts = new List<string>();
        foreach (var (flag, part) in _parts)
        {
            if (placement.HasFlag(flag))
            {
                parts.Add(part);
            }
        }

        if ((placement & (Placement.AtEnd | Placement.WithCpuFlush | Placement.Untold | Placement.ByPage)) == 0)
        {
            parts.Add("X");
        }

        return new(parts.Count == 0 ? "-" : string.Join('+', parts), placement, SiteExperiment.None);
    }

    /// <summary>Reads a code; upper and lower case are the same.</summary>
    /// <returns>False: it is none.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out PlacementCode code)
    {
        code = default;
        var bare = text?.Trim().TrimEnd('!').ToUpperInvariant();
        switch (bare)
        {
            case null or "":
                return false;
            case "N/A":
                code = new("n/a", Placement.Absent | Placement.Untold, SiteExperiment.None);
                return true;
            case "-" or "YOUNG":
                code = new(text!.Trim().ToLowerInvariant(), Placement.Untold, SiteExperiment.None);
                return true;
            case "R":
                code = new("R", Placement.None, SiteExperiment.None);
                return true;
        }

        var placement = Placement.Untold;
        var experiment = SiteExperiment.None;
        foreach (var part in bare.Split('+'))
        {
            switch (part)
            {
                case "X":
                    placement &= ~Placement.Untold;
                    break;
                case "E":
                    placement = (placement | Placement.AtEnd) & ~Placement.Untold;
                    break;
                case "T" or "TL" or "TG":
                    placement = (placement | Placement.WithCpuFlush) & ~Placement.Untold;
                    break;
                case "TF":
                    placement = (placement | Placement.WithCpuFlush) & ~Placement.Untold;
                    experiment = SiteExperiment.CpuFlushBeforeEnd;
                    break;
                case "TA":
                    placement = (placement | Placement.WithCpuFlush) & ~Placement.Untold;
                    experiment = SiteExperiment.CpuFlushAfterEnd;
                    break;
                case "L":
                    placement |= Placement.UnderLockBeforeSet;
                    break;
                case "L2":
                    placement |= Placement.UnderLockAfterSet;
                    break;
                case "G":
                    placement |= Placement.AtGatherFlush;
                    break;
                case "F":
                    placement |= Placement.AfterCpuFlush;
                    break;
                case "P":
                    placement |= Placement.ByPage;
                    break;
                default:
                    return false;
            }
        }

        code = new(text!.Trim().ToUpperInvariant(), placement, experiment);
        return true;
    }

    /// <summary>Reads a code.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static PlacementCode Parse(string text) => TryParse(text, out var code)
        ? code : throw new FormatException($"'{text}' is no placement code");

    /// <summary>The code as the specification writes it.</summary>
    public override string ToString() => _text ?? "-";

    private static readonly (Placement Flag, string Part)[] _parts =
    [
        (Placement.ByPage, "P"), (Placement.UnderLockBeforeSet, "L"), (Placement.UnderLockAfterSet, "L2"),
        (Placement.AtGatherFlush, "G"), (Placement.AfterCpuFlush, "F"), (Placement.WithCpuFlush, "T"),
        (Placement.AtEnd, "E"),
    ];
}
