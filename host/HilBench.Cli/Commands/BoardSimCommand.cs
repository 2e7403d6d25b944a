using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Links;
using IPEndPoint = System.Net.IPEndPoint;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench board-sim</c>: a simulated board at the end of a serial port, a socket, USB or a BAR.</summary>
internal sealed class BoardSimCommand : BenchCommand
{
    private const string BarScheme = "bar:";
    private static readonly TimeSpan _slice = TimeSpan.FromMilliseconds(100);

    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Option<string?> _serial = new("--serial")
    {
        Description = "A pseudo serial port is made, and this path leads to it; an existing serial port is used as it is.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _listen = new("--listen")
    {
        Description = "Wait there: tcp:HOST:PORT, unix:PATH, or bar:FILE, a shared file that stands for a PCIe BAR.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _usbip = new("--usbip")
    {
        Description = "Serve a USB board by USB/IP at this port of this machine, or at ADDRESS:PORT; attach it with usbip.",
        HelpName = "PORT",
    };

    private readonly Option<string> _serialNumber = new("--serial-number")
    {
        Description = "The serial number of the board.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "simulated",
    };

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

    private readonly Option<bool> _paced = new("--paced") { Description = "Bytes take as long as --baud says, also on a pseudo serial port, which has no bit rate." };

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
            "Simulates a board that is reached by a serial port, a socket, USB or a PCIe BAR, until it is interrupted.",
            "hilbench board-sim --serial /tmp/board",
            "hilbench board-sim --listen tcp:127.0.0.1:4711 --device rtl:",
            "hilbench board-sim --listen bar:/dev/shm/board",
            "hilbench board-sim --usbip 3240 --serial-number A",
            "hilbench board-sim --serial /tmp/board --noise 10")
    {
        _terminal = terminal;
        _cancel = cancel;
        Add(_serial);
        Add(_listen);
        Add(_usbip);
        Add(_serialNumber);
        Add(_device);
        Add(_baud);
        Add(_paced);
        Add(_noise);
        Add(_seed);
        Add(_neverGood);
        Add(_overheat);
        Validators.Add(result =>
        {
            if (((string?[])[result.GetValue(_serial), result.GetValue(_listen), result.GetValue(_usbip)]).Count(place => place is not null) != 1)
            {
                result.AddError("Give one of --serial PATH, --listen ADDRESS and --usbip PORT.");
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
        if (parse.GetValue(_usbip) is { } port)
        {
            ServeUsb(device, port, parse);
        }
        else if (parse.GetValue(_listen) is { } file && file.StartsWith(BarScheme, StringComparison.Ordinal))
        {
            ServeBar(device, file[BarScheme.Length..], parse);
        }
        else if (parse.GetValue(_listen) is { } address)
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
            if (!parse.GetValue(_paced))
            {
                Announce($"serial:{path}", device);
                Serve(device, pty, new LinkSettings(), parse);
                return;
            }

            var byteNs = 10_000_000_000 / parse.GetValue(_baud);
            using var line = new PacedCarrier(pty, byteNs, TimeProvider.System);
            Announce($"serial:{path}?baud={parse.GetValue(_baud)}", device);
            Serve(device, line, new LinkSettings { ByteNs = byteNs }, parse);
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

    private void ServeBar(IDevice device, string path, ParseResult parse)
    {
        if (path.Length == 0)
        {
            throw new InputException("--listen bar: names no file", "For example --listen bar:/dev/shm/board.");
        }

        using var carrier = MailboxBoard.Create(path);
        Announce($"pcie:{Path.GetFullPath(path)}", device);
        Serve(device, carrier, new LinkSettings(), parse);
    }

    private void ServeUsb(IDevice device, string text, ParseResult parse)
    {
        if (!IPEndPoint.TryParse(text.Contains(':', StringComparison.Ordinal) ? text : $"127.0.0.1:{text}", out var address))
        {
            throw new InputException($"--usbip: \"{text}\" is no port", "For example --usbip 3240, or --usbip 0.0.0.0:3240 for other machines.");
        }

        using var board = new SimulatedUsbBoard(device.Description.Name, parse.GetValue(_serialNumber)!)
        {
            LineChanged = line => _terminal.Error.WriteLine($"serial port: {line}"),
            BreakSent = () => _terminal.Error.WriteLine("serial port: break"),
        };
        using var server = UsbIpServer.Start(address, board);
        Announce($"USB/IP {server.EndPoint}, device {server.BusId(board)}", device);
        _terminal.Error.WriteLine(
            $"attach it: modprobe vhci-hcd; usbip --tcp-port {server.EndPoint.Port} attach -r {server.EndPoint.Address} -b {server.BusId(board)}");
        Serve(device, board.Carrier, new LinkSettings(), parse);
    }

    private void Serve(IDevice device, ICarrier carrier, LinkSettings settings, ParseResult parse)
    {
        var noise = parse.GetValue(_noise);
        using var cable = noise == 0
            ? carrier
            : new FaultyCarrier(carrier, new CarrierFaults(AlteredPerMille: noise), new SeededChoice(parse.GetValue(_seed)));
        var control = new BoardSimSettings { StartsPowered = true };
        var server = new DeviceServer(device, cable, TimeProvider.System, parse.GetValue(_serialNumber)!, settings, control);
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
