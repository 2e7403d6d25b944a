using System.CommandLine;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Lab;
using HilBench.Links;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench devices</c>: what is attached to this machine.</summary>
internal sealed class DevicesCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly BoardArguments _boards = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON array of objects with id (the device URI) and summary." };

    public DevicesCommand(Terminal terminal)
        : base(
            "devices", "Lists what is attached: boards of the bench file, serial ports, USB boards, PCIe functions. Opens none of them.",
            "hilbench devices", "hilbench devices --bench lab.yaml --json")
    {
        _terminal = terminal;
        _boards.AddTo(this);
        Add(_json);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        List<AttachedDevice> devices = [.. OfBench(_boards.File(parse)), .. new SerialPorts().List(), .. OnUsb(), .. Functions()];
        if (parse.GetValue(_json))
        {
            JsonOutput.WriteArray(_terminal.Out, devices.Select(device => new ListItem(device.Uri, device.Summary)
            {
                More = [new("kind", device.Kind), new("driver", device.Driver), new("stable", device.Stable), new("holder", device.Holder)],
            }));
            return ExitCode.Good;
        }

        if (devices.Count == 0)
        {
            _terminal.Out.WriteLine("Nothing is attached: no serial port, no PCIe function with ATS. Simulated devices: bin/hilbench list devices");
            return ExitCode.Good;
        }

        PlainTable.Print(_terminal.Out, ["kind", "device", "driver", "what", "in use by"], leftColumns: 5, [.. devices.Select(Row)]);
        return ExitCode.Good;
    }

    private static IReadOnlyList<string> Row(AttachedDevice device) =>
        [device.Kind, device.Uri, device.Driver.Length > 0 ? device.Driver : "-", device.Summary, device.Holder.Length > 0 ? device.Holder : "-"];

    private static IEnumerable<AttachedDevice> OfBench(BenchFile? bench)
    {
        foreach (var board in bench?.Boards ?? [])
        {
            var holder = BenchLock.HolderOf(BoardArguments.LockFolder, BoardTarget.Place(board.Carrier));
            var about = board.About.Length > 0 ? $"{board.About}; " : "";
            yield return new AttachedDevice("board", $"{BenchFile.Scheme}{board.Name}", $"{about}{board.Carrier}", "")
            {
                Holder = holder is null ? "" : $"process {holder.Pid} of {holder.User} ({holder.Purpose})",
            };
        }
    }

    private static IEnumerable<AttachedDevice> OnUsb() => UsbBoards.List().Select(board =>
        new AttachedDevice("usb", board.Uri, $"{board.Product} at {board.Place}".Trim(), ""));

    private static IEnumerable<AttachedDevice> Functions()
    {
        foreach (var function in new PciFunctions().List().Where(function => function.HasAts is true || function.IsReference))
        {
            string[] has =
            [
                .. function.IsReference ? new[] { "HilBench reference device" } : [],
                .. function.HasAts is true ? new[] { "ATS" } : [],
                .. function.HasPasid is true ? new[] { "PASID" } : [],
                .. function.HasPageRequest is true ? new[] { "PRI" } : [],
            ];
            yield return new AttachedDevice(
                "pci", $"pcie:{function.Address}", $"{function.VendorId:x4}:{function.DeviceId:x4} class {function.ClassCode:x6} {string.Join(", ", has)}", function.Driver);
        }
    }
}
