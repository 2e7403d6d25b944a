using HilBench.Links;

namespace HilBench.Lab;

/// <summary>A board of a bench file, and the gear around it.</summary>
/// <param name="Name">Letters, digits, - and _.</param>
/// <param name="About">For people; may be empty.</param>
/// <param name="Carrier">The way to it, as it stands in the file.</param>
public sealed record BoardEntry(string Name, string About, string Carrier)
{
    /// <summary>How its rails are switched.</summary>
    public PowerEntry Power { get; init; } = new();

    /// <summary>The line on PERST#; null: the board drives it by itself when asked to.</summary>
    public SwitchEntry? Perst { get; init; }

    /// <summary>What is measured, and the windows that end a run.</summary>
    public IReadOnlyList<MonitorEntry> Monitors { get; init; } = [];

    /// <summary>How often the monitors are read in a run.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether a board whose device hangs is switched off and on between two scenarios.</summary>
    public bool CyclesWhenHung { get; init; }

    /// <summary>The way to it.</summary>
    public CarrierUri CarrierUri => CarrierUri.TryParse(Carrier, out var uri, out var error) ? uri : throw new InvalidOperationException($"bug: {error}");
}
