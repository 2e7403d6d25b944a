using System.CommandLine;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Lab;

namespace HilBench.Cli.Boards;

/// <summary>The option that names a bench file, and what board:NAME means by it.</summary>
internal sealed class BoardArguments
{
    /// <summary>What --device says about the forms of a URI.</summary>
    public const string DeviceForms =
        "The device: model:, rtl:, rtl-uart: (these with ?fault=ID), lib:/path/lib.so, serial:/dev/tty?baud=RATE, usb:SERIAL, "
        + "pcie:0000:01:00.0, tcp:HOST:PORT, unix:PATH, board:NAME of the bench file.";

    private readonly Option<string?> _bench = new("--bench")
    {
        Description = "The bench file: what board:NAME means, see docs/bench-file.md.",
        HelpName = "FILE",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("HILBENCH_BENCH") is { Length: > 0 } file ? file : null,
    };

    /// <summary>Where bench locks lie.</summary>
    public static string LockFolder =>
        Environment.GetEnvironmentVariable("HILBENCH_LOCKS") is { Length: > 0 } folder ? folder : BenchLock.DefaultFolder;

    /// <summary>Adds --bench to a command.</summary>
    public void AddTo(Command command) => command.Add(_bench);

    /// <summary>The path of the bench file; null when none was named.</summary>
    public string? Path(ParseResult parse) => parse.GetValue(_bench);

    /// <summary>The bench file that was named; null when none was.</summary>
    public BenchFile? File(ParseResult parse) => Path(parse) is { } path ? BenchFile.Load(path) : null;

    /// <summary>What a device on the command line means.</summary>
    /// <exception cref="InputException">The URI is wrong, or the bench file has no such board.</exception>
    public BoardTarget Resolve(ParseResult parse, string device)
    {
        BoardEntry? entry = null;
        if (device.StartsWith(BenchFile.Scheme, StringComparison.Ordinal))
        {
            var file = File(parse) ?? throw new InputException(
                $"'{device}' is a board of a bench file, and none is named", "Name it with --bench FILE, or in HILBENCH_BENCH.");
            entry = file.Find(device[BenchFile.Scheme.Length..]);
        }

        var text = entry?.Carrier ?? device;
        return DeviceUri.TryParse(text, out var uri, out var error)
            ? new BoardTarget(device, uri, entry)
            : throw new InputException(error, "See bin/hilbench run --help for the forms of a device URI.");
    }
}
