using System.CommandLine;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Lab;
using HilBench.Links;
using HilBench.Pcie;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench doctor</c>: what is missing on this machine and how to get it.</summary>
internal sealed class DoctorCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly BoardArguments _boards = new();
    private readonly Option<string?> _device = new("--device")
    {
        Description = "Go the way to this device layer by layer, and name the first that fails.",
        HelpName = "URI",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON array of findings." };

    public DoctorCommand(Terminal terminal)
        : base(
            "doctor", "Says what is missing on this machine, or on the way to a device, and what to do.",
            "hilbench doctor",
            "hilbench doctor --device serial:/dev/ttyUSB0?baud=3000000",
            "hilbench doctor --device board:fpga-a --bench lab.yaml --json")
    {
        _terminal = terminal;
        Add(_device);
        _boards.AddTo(this);
        Add(_json);
        SetAction(parse => parse.GetValue(_device) is { } device ? InvokeFor(parse, device) : Invoke(parse));
    }

    private int InvokeFor(ParseResult parse, string device)
    {
        var target = _boards.Resolve(parse, device);
        using var taken = target.Take("doctor");
        var findings = target.Uri.Carrier is { } carrier
            ? new LayerDoctor(new DriverCheck(), () => DeviceFactory.OpenLink(carrier, TimeProvider.System), AskDevice, TimeProvider.System).Examine(target.Device)
            : Simulated(target.Uri);
        if (parse.GetValue(_json))
        {
            JsonOutput.WriteArray(_terminal.Out, findings.Select(finding => new ListItem(Word(finding.Layer), finding.Found)
            {
                More = [new("status", Word(finding.Status)), new("advice", finding.Advice)],
            }));
        }
        else
        {
            foreach (var finding in findings)
            {
                _terminal.Out.WriteLine($"{Word(finding.Status),-11}  {Word(finding.Layer),-10}  {finding.Found}".TrimEnd());
                if (finding.Advice.Length > 0)
                {
                    _terminal.Out.WriteLine($"{"",-11}  {"",-10}  {finding.Advice}");
                }
            }
        }

        if (findings.FirstOrDefault(finding => finding.Status == LayerStatus.Failed) is not { } failed)
        {
            return ExitCode.Good;
        }

        _terminal.Complain($"{target.Name} fails at the layer {Word(failed.Layer)}");
        return ExitCode.Bench;
    }

    // A device in this process or a process of its own: there is a library, and the device.
    private static List<LayerFinding> Simulated(DeviceUri uri)
    {
        List<LayerFinding> between =
        [
            .. ((DoctorLayer[])[DoctorLayer.Permission, DoctorLayer.Cable, DoctorLayer.Link, DoctorLayer.Protocol, DoctorLayer.Shim])
                .Select(layer => new LayerFinding(layer, LayerStatus.NotNeeded, "")),
        ];
        IDevice device;
        try
        {
#pragma warning disable CA2000 // disposed below
            device = DeviceFactory.Open(uri, BuiltFolders.Devices);
#pragma warning restore CA2000
        }
        catch (DeviceOpenException e)
        {
            return
            [
                new(DoctorLayer.Driver, LayerStatus.Failed, e.What, e.Advice),
                .. between.Select(finding => finding with { Status = LayerStatus.NotReached }),
                new(DoctorLayer.Device, LayerStatus.NotReached, ""),
            ];
        }

        using (device)
        {
            var driver = new LayerFinding(DoctorLayer.Driver, LayerStatus.Good, $"{device.Description.Name} {device.Description.Version}");
            try
            {
                return [driver, .. between, new(DoctorLayer.Device, LayerStatus.Good, Identify(device))];
            }
            catch (BenchException e)
            {
                return [driver, .. between, new(DoctorLayer.Device, LayerStatus.Failed, e.What, e.Advice)];
            }
        }
    }

    private static string AskDevice(HostLink link)
    {
#pragma warning disable CA2000 // it would dispose the link, which stays the caller's
        return Identify(LinkDevice.Open(link, TimeProvider.System, TimeSpan.FromSeconds(10)));
#pragma warning restore CA2000
    }

    private static string Identify(IDevice device)
    {
        try
        {
            var id = new DeviceProbe(device).ReadConfiguration(ConfigurationRegister.VendorDevice);
            return id is null or 0 or uint.MaxValue
                ? throw new BenchException(
                    BenchLayer.Device,
                    "no function answers: the Vendor ID reads all zeros or all ones",
                    "Is the device out of reset, and does it take configuration requests?")
                : $"function 0 is {(ushort)id:x4}:{id >> 16:x4}";
        }
        catch (DeviceException e)
        {
            throw new BenchException(BenchLayer.Device, e.What, e.Advice, e);
        }
    }

    private static string Word(DoctorLayer layer) => layer.ToString().ToLowerInvariant();

    private static string Word(LayerStatus status) => status switch
    {
        LayerStatus.Good => "good",
        LayerStatus.NotNeeded => "not needed",
        LayerStatus.Failed => "FAILED",
        _ => "not reached",
    };

    private int Invoke(ParseResult parse)
    {
        var findings = new Doctor(BuiltFolders.Devices).Examine();
        if (parse.GetValue(_json))
        {
            JsonOutput.WriteArray(_terminal.Out, findings.Select(finding => new ListItem(finding.Id, finding.Summary)
            {
                More = [new("status", Word(finding.Status)), new("found", finding.Found), new("advice", finding.Advice)],
            }));
        }
        else
        {
            foreach (var finding in findings)
            {
                var state = finding.Status == DoctorStatus.Present ? finding.Found : $"get it: {finding.Advice}";
                _terminal.Out.WriteLine($"{Word(finding.Status),-10}  {finding.Id,-9}  {finding.Summary}");
                _terminal.Out.WriteLine($"{"",-10}  {"",-9}  {state}");
            }
        }

        return findings.Any(finding => finding.Status == DoctorStatus.Missing) ? ExitCode.Bench : ExitCode.Good;
    }

    private static string Word(DoctorStatus status) => status switch
    {
        DoctorStatus.Present => "present",
        DoctorStatus.NotNeeded => "not needed",
        _ => "missing",
    };
}
