using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board-sim</c>: a simulated board at the end of a serial port or socket.</summary>
internal sealed class BoardSimCommand : BenchCommand
{
    private static readonly TimeSpan _slice = TimeSpan.FromMilliseconds(100);

    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Option<string?> _serial = new("--serial")
    {
        Description = "A pseudo serial port is made, and this path leads to it; an existing serial port is used as it is.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _listen = new("--listen") { Description = "Wait there: tcp:HOST:PORT or unix:PATH.", HelpName = "ADDRESS" };
    private readonly Option<string> _device = new("--device")
    {
        Description = "The device on the board: model:, rtl: or lib:, as for run.",
        HelpName = "URI",
        DefaultValueFactory = _ => "model:",
    };

    private readonly Option<int> _baud = new("--baud")
    {
        Description = "The rate of an existing serial port.",
        HelpName = "RATE",
        DefaultValueFactory = _ => 115_200,
    };

    private readonly Option<int> _noise = new("--noise")
    {
        Description = "Of 1000 bytes in each direction, alter so many: a bad cable.",
        HelpName = "N",
    };

    private readonly Option<ulong> _seed = new("--seed") { Description = "Decides which bytes.", HelpName = "N", DefaultValueFactory = _ => 1 };

    private readonly Option<byte[]> _neverGood = new("--never-good")
    {
        Description = "A rail whose power-good never comes: 0 for 1V0, 1 for 1V8, 2 for 3V3.",
        HelpName = "RAIL",
    };

    private readonly Option<double?> _overheat = new("--overheat") { Description = "After so many seconds it is 95 degrees hot.", HelpName = "SECONDS" };

    public BoardSimCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "board-sim",
            "Simulates a board that is reached by a serial port or socket, until it is interrupted.",
            "hilbench board-sim --serial /tmp/board",
            "hilbench board-sim --listen tcp:127.0.0.1:4711 --device rtl:",
            "hilbench board-sim --serial /tmp/board --noise 10")
    {
        _terminal = terminal;
        _cancel = cancel;
        Add(_serial);
        Add(_listen);
        Add(_device);
        Add(_baud);
        Add(_noise);
        Add(_seed);
        Add(_neverGood);
        Add(_overheat);
        Validators.Add(result =>
        {
            if ((result.GetValue(_serial) is null) == (result.GetValue(_listen) is null))
            {
                result.AddError("Give either --serial PATH or --listen ADDRESS.");
            }
        });
        _noise.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is not (>= 0 and <= 1000))
            {
                result.AddError("--noise: give 0 to 1000.");
            }
        });
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        using var device = OpenDevice(parse.GetRequiredValue(_device));
        if (parse.GetValue(_listen) is { } address)
        {
            Listen(device, address, parse);
        }
        else
        {
            ServeSerial(device, parse.GetRequiredValue(_serial)!, parse);
        }

        return ExitCode.Good;
    }

    private static IDevice OpenDevice(string text)
    {
        if (!DeviceUri.TryParse(text, out var uri, out var error))
        {
            throw new InputException(error, "See bin/hilbench run --help for the forms of a device URI.");
        }

        try
        {
            return DeviceFactory.Open(uri, BuiltFolders.Devices);
        }
        catch (DeviceOpenException e)
        {
            throw new BenchException(BenchLayer.Device, e.What, e.Advice, e);
        }
    }

    private void ServeSerial(IDevice device, string path, ParseResult parse)
    {
        // A link that an earlier board left behind leads nowhere.
        var isPort = new FileInfo(path) is { LinkTarget: null, Exists: true };
        if (isPort)
        {
            var baud = parse.GetValue(_baud);
            using var port = SerialCarrier.Open(path, baud);
            Announce($"serial:{path}?baud={baud}", device);
            Serve(device, port, new LinkSettings { ByteNs = 10_000_000_000 / baud }, parse);
            return;
        }

        using var pty = PtyCarrier.Create();
        File.Delete(path);
        File.CreateSymbolicLink(path, pty.PortPath);
        try
        {
            Announce($"serial:{path}", device);
            Serve(device, pty, new LinkSettings(), parse);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Listen(IDevice device, string text, ParseResult parse)
    {
        if (!SocketAddress.TryParse(text, out var address, out var error))
        {
            throw new InputException(error, "For example --listen tcp:127.0.0.1:4711.");
        }

        using var listener = SocketListener.Open(address);
        using var carrier = new ListeningCarrier(listener);
        Announce(listener.Address, device);
        Serve(device, carrier, new LinkSettings(), parse);
    }

    private void Serve(IDevice device, ICarrier carrier, LinkSettings settings, ParseResult parse)
    {
        var noise = parse.GetValue(_noise);
        using var cable = noise == 0
            ? carrier
            : new FaultyCarrier(carrier, new CarrierFaults(AlteredPerMille: noise), new SeededChoice(parse.GetValue(_seed)));
        var control = new BoardSimSettings { StartsPowered = true };
        var server = new DeviceServer(device, cable, TimeProvider.System, serial: "simulated", settings, control);
        foreach (var rail in parse.GetValue(_neverGood) ?? [])
        {
            server.Control!.NeverGood.Add(rail);
        }

        var cold = parse.GetValue(_overheat) is { } seconds
            ? Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(seconds))
            : (Deadline?)null;
        while (!_cancel.IsCancellationRequested)
        {
            server.Step(Deadline.After(TimeProvider.System, _slice));
            if (cold is { HasPassed: true })
            {
                server.Control!.MilliCelsius = 95_000;
            }
        }
    }

    private void Announce(string uri, IDevice device)
    {
        _terminal.Out.WriteLine($"{device.Description.Name} waits at {uri}");
        _terminal.Out.Flush();
    }
}
