using System.IO.Ports;
using HilBench.Journal;
using HilBench.Links;
using HilBench.Links.Tests.Carriers;
using HilBench.Vendor.SerialPorts;

namespace HilBench.Vendor.Tests;

/// <summary>The adapter to System.IO.Ports, over a stub of the package.</summary>
[TestFixture]
public sealed class SerialPortsCarrierTests : CarrierContract
{
    private const string AnyFile = "/dev/null"; // the stub does not open it

    [Test]
    public void Port_that_is_not_there_is_the_cable() =>
        Assert.That(
            () => SerialPortsCarrier.Open("/dev/no-such-port", 9600),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable).And.Message.Contains("no such port"));

    [Test]
    public void Rate_that_the_package_refuses_is_said() =>
        Assert.That(
            () => SerialPortsCarrier.Open(AnyFile, 12_000_000), Throws.TypeOf<BenchException>().With.Message.Contains("12000000 baud"));

    [Test]
    public void Port_that_was_unplugged_while_nothing_came_is_noticed()
    {
        var path = Path.GetTempFileName();
        SerialPort.Wire = new();
        using var host = SerialPortsCarrier.Open(path, 9600);

        File.Delete(path);

        Assert.That(
            () => host.Read(new byte[1], Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5))),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable));
    }

    [Test]
    public void Adapter_that_this_build_does_not_have_is_said()
    {
        Assert.That(CarrierUri.TryParse("serial:/dev/null?via=pigeon", out var uri, out _), Is.True);

        Assert.That(() => uri!.Open(), Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Host).And.Message.Contains("pigeon"));
    }

    protected override bool AllocatesNothing => false;

    protected override (ICarrier Host, ICarrier Board) Open()
    {
        SerialPort.Wire = new();
        var wire = SerialPort.Wire;
        return (
            SerialPortsCarrier.Open(AnyFile, 115_200),
            new WireBoard(bytes => wire.Write(bytes, toHost: true), (buffer, ms) => wire.Read(buffer, ms, atHost: false), wire.Pull));
    }
}
