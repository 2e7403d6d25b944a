using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab.Tests;

/// <summary>Each layer on the way to a board, made to fail: it is the one that is named, and those behind it are not reached.</summary>
public sealed class LayerDoctorTests
{
    private const string Port = "serial:/dev/no-such-port";
    private static readonly BoardSimSettings _powered = new() { StartsPowered = true };

    [Test]
    public void Way_to_a_board_that_works_is_good_in_every_layer()
    {
        var bench = new SimulatedBoard(settings: _powered);

        var findings = Examine(bench, Port);

        Assert.That(findings.Select(finding => finding.Status), Has.All.EqualTo(LayerStatus.Good));
        Assert.That(findings.Select(finding => finding.Layer), Is.EqualTo(Enum.GetValues<DoctorLayer>()));
        Assert.That(findings[^1].Found, Is.EqualTo("the device says hello"));
    }

    [Test]
    public void Driver_that_is_not_loaded_is_named_with_the_command_that_loads_it()
    {
        using var sys = new TemporaryFolder();
        var device = Directory.CreateDirectory(sys["bus/usb/devices/1-1"]).FullName;
        File.WriteAllText(Path.Combine(device, "idVendor"), "1209\n");
        File.WriteAllText(Path.Combine(device, "idProduct"), "0001\n");
        var face = Directory.CreateDirectory(sys["bus/usb/devices/1-1:1.1"]).FullName;
        File.WriteAllText(Path.Combine(face, "bInterfaceClass"), "02\n");
        var bench = new SimulatedBoard();

        var findings = new LayerDoctor(new DriverCheck(sys.Root), bench.OpenLink, _ => "", bench.Time).Examine(Port);

        ExpectFirst(findings, DoctorLayer.Driver, "the USB device 1209:0001 at port 1-1 has no driver");
        Assert.That(findings[0].Advice, Is.EqualTo("Load it: modprobe cdc_acm"));
    }

    [Test]
    public void Driver_of_a_PCIe_function_that_is_taken_is_named()
    {
        using var sys = new TemporaryFolder();
        Directory.CreateDirectory(sys["bus/pci/drivers/nvme"]);
        Directory.CreateDirectory(sys["bus/pci/devices/0000:01:00.0"]);
        Directory.CreateSymbolicLink(sys["bus/pci/devices/0000:01:00.0/driver"], sys["bus/pci/drivers/nvme"]);

        var finding = new DriverCheck(sys.Root).Examine("pci:0000:01:00.0");

        Assert.That((finding.Status, finding.Found), Is.EqualTo((LayerStatus.Failed, "the driver nvme has taken 0000:01:00.0")));
    }

    [Test]
    public void Library_that_USB_needs_is_named_when_it_is_not_there()
    {
        var finding = new DriverCheck(usbLibrary: "libno-such-usb.so.0").Examine("usb:07");

        Assert.That((finding.Status, finding.Advice), Is.EqualTo((LayerStatus.Failed, "Install it: apt-get install libusb-1.0-0")));
    }

    [Test]
    public void Port_that_another_program_has_open_fails_at_permission()
    {
        using var far = PtyCarrier.Create();
        using var other = SerialCarrier.Open(far.PortPath, 115_200);

        var findings = ExaminePort($"serial:{far.PortPath}");

        ExpectFirst(findings, DoctorLayer.Permission, "another program has it open");
    }

    [Test]
    public void Port_that_is_not_there_fails_at_the_cable()
    {
        var findings = ExaminePort(Port);

        ExpectFirst(findings, DoctorLayer.Cable, "there is no such port");
        Assert.That(findings[1].Status, Is.EqualTo(LayerStatus.Good));
    }

    [Test]
    public void Cable_that_is_pulled_while_it_is_looked_at_is_named_although_it_could_be_opened()
    {
        var bench = new SimulatedBoard();
        bench.Cable.Meanwhile = _ => bench.Cable.IsPulled = true;

        ExpectFirst(Examine(bench, Port), DoctorLayer.Cable, "");
    }

    [Test]
    public void Board_that_sends_not_one_byte_fails_at_the_link()
    {
        var bench = new SimulatedBoard { IsAlive = false };

        ExpectFirst(Examine(bench, Port), DoctorLayer.Link, "not one byte came back");
    }

    [Test]
    public void Noise_fails_at_the_link()
    {
        var bench = new SimulatedBoard { IsAlive = false };
        bench.Cable.Inject([1, 2, 3, 0, 4]);

        ExpectFirst(Examine(bench, Port), DoctorLayer.Link, "5 bytes came back, but no frame that answers");
    }

    [Test]
    public void Board_of_another_protocol_version_fails_at_the_protocol()
    {
        var bench = new SimulatedBoard { IsAlive = false };
        var wire = new byte[LinkLimits.MaxWire];
        var refusal = Convert.FromHexString("48494c42" + "0203" + "0100" + "00000000"); // versions 2 to 3, reason 1
        bench.Cable.Inject(wire.AsSpan(0, new FrameWriter().Write(new FrameHeader(FrameKind.Refuse, 0, 0, 0, Session: 1), refusal, wire)));

        var findings = Examine(bench, Port);

        ExpectFirst(findings, DoctorLayer.Protocol, "versions 2 to 3");
        Assert.That(findings[(int)DoctorLayer.Link].Status, Is.EqualTo(LayerStatus.Good));
    }

    [Test]
    public void Bridge_without_anything_behind_it_fails_at_the_shim()
    {
        var bench = new SimulatedBoard(BoardFeatures.Bridge | BoardSim.Features, _powered)
        {
            Answer = request => [request[0], (byte)ReplyStatus.NothingBehind, 0, 0],
        };

        ExpectFirst(Examine(bench, Port), DoctorLayer.Shim, "what lies behind the bridge does not answer");
    }

    [Test]
    public void Board_without_a_device_fails_at_the_shim()
    {
        var bench = new SimulatedBoard(BoardSim.Features, _powered);

        ExpectFirst(Examine(bench, Port), DoctorLayer.Shim, "bench board has no device");
    }

    [Test]
    public void Device_without_power_fails_at_the_device_with_the_command_that_switches_it_on()
    {
        var findings = Examine(new SimulatedBoard(), Port);

        ExpectFirst(findings, DoctorLayer.Device, "its rails are off");
        Assert.That(findings[^1].Advice, Does.Contain("board power on"));
    }

    [Test]
    public void Device_that_gives_no_sign_of_life_is_named_with_what_was_asked()
    {
        var bench = new SimulatedBoard(settings: _powered);
        var doctor = new LayerDoctor(
            new DriverCheck(), bench.OpenLink, _ => throw new BenchException(BenchLayer.Device, "CfgRd0 of register 0x000 has no answer", "Look."), bench.Time);

        ExpectFirst(doctor.Examine(Port), DoctorLayer.Device, "CfgRd0 of register 0x000 has no answer");
    }

    private static IReadOnlyList<LayerFinding> Examine(SimulatedBoard bench, string port) =>
        new LayerDoctor(new DriverCheck("/no/such/sys"), bench.OpenLink, _ => "the device says hello", bench.Time).Examine(port);

    private static IReadOnlyList<LayerFinding> ExaminePort(string port)
    {
        Assert.That(CarrierUri.TryParse(port, out var uri, out _), Is.True);
        return new LayerDoctor(new DriverCheck("/no/such/sys"), () => new HostLink(uri!.Open(), new LinkSettings(), TimeProvider.System, 1), _ => "", TimeProvider.System).Examine(port);
    }

    private static void ExpectFirst(IReadOnlyList<LayerFinding> findings, DoctorLayer layer, string found)
    {
        var failed = findings.Single(finding => finding.Status == LayerStatus.Failed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(findings.Select(finding => finding.Layer), Is.EqualTo(Enum.GetValues<DoctorLayer>()));
            Assert.That((failed.Layer, failed.Found), Is.EqualTo((layer, failed.Found)));
            Assert.That(failed.Found, Does.Contain(found));
            Assert.That(findings.Where(finding => finding.Layer > layer).Select(finding => finding.Status), Has.All.EqualTo(LayerStatus.NotReached));
            Assert.That(findings.Where(finding => finding.Layer < layer).Select(finding => finding.Status), Has.All.AnyOf(LayerStatus.Good, LayerStatus.NotNeeded));
        }
    }
}
