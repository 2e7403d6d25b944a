using HilBench.Devices;
using HilBench.Lab;

namespace HilBench.Cli.Boards;

/// <summary>What a device on the command line means.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Uri">The device; of a board in a bench file, the way to it.</param>
/// <param name="Entry">The board of the bench file; null when none was named.</param>
internal sealed record BoardTarget(string Text, DeviceUri Uri, BoardEntry? Entry)
{
    /// <summary>The URI as it is opened: of a board in a bench file, its carrier.</summary>
    public string Device => Entry?.Carrier ?? Text;

    /// <summary>For messages.</summary>
    public string Name => Entry?.Name ?? Text;

    /// <summary>Takes the board for this program; nothing for a device that is no board.</summary>
    /// <param name="purpose">What for, as others are told.</param>
    /// <returns>Gives it up when disposed; null: there is nothing to take.</returns>
    /// <exception cref="Journal.BenchException">Permission: another program has it.</exception>
    public BenchLock? Take(string purpose) => Uri.Scheme == DeviceScheme.Link
        ? BenchLock.Take(BoardArguments.LockFolder, Name, Place(Uri.Path), purpose, TimeProvider.System)
        : null;

    /// <summary>The board with the gear around it; without a bench file, what it can do by itself. Nothing is opened yet.</summary>
    public LabBoard OpenBoard(CancellationToken cancel) => new(
        Entry ?? new BoardEntry(Text, "", Uri.Path), GearBox(), () => DeviceFactory.OpenLink(Uri.Carrier!, TimeProvider.System), TimeProvider.System, cancel);

    /// <summary>What opens the gear: our own, or the adapter that the environment variable HILBENCH_GEAR names.</summary>
    public static IGearBox GearBox() => GearBoxes.Open(Environment.GetEnvironmentVariable("HILBENCH_GEAR"));

    /// <summary>What tells boards apart: the carrier without options, links of the file system followed.</summary>
    public static string Place(string carrier)
    {
        var place = carrier.Split('?')[0];
        const string Serial = "serial:";
        return place.StartsWith(Serial, StringComparison.Ordinal)
            && Path.Exists(place[Serial.Length..])
            && File.ResolveLinkTarget(place[Serial.Length..], returnFinalTarget: true) is { } target
            ? Serial + target.FullName
            : place;
    }
}
