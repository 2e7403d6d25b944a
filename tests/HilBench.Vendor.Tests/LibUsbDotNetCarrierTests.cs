using HilBench.Journal;
using HilBench.Links;
using HilBench.Links.Tests.Carriers;
using HilBench.Vendor.LibUsbDotNet;
using LibUsbDotNet.LibUsb;

namespace HilBench.Vendor.Tests;

/// <summary>The adapter to LibUsbDotNet, over a stub of the package.</summary>
[TestFixture]
public sealed class LibUsbDotNetCarrierTests : CarrierContract
{
    private static readonly UsbBoard _board = new("1-1", 0x1209, 1, "board", "A", "/dev/bus/usb/001/002", new UsbBulkInterface(0, 0x81, 0x01));

    [Test]
    public void Board_that_is_not_at_its_place_any_more_is_the_cable() =>
        Assert.That(
            () => LibUsbDotNetCarrier.Open(_board with { NodePath = "/dev/bus/usb/001/003" }),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable));

    [Test]
    public void Board_that_may_not_be_opened_is_the_permission()
    {
        UsbDevice.IsAllowed = false;
        try
        {
            Assert.That(
                () => LibUsbDotNetCarrier.Open(_board), Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Permission));
        }
        finally
        {
            UsbDevice.IsAllowed = true;
        }
    }

    [Test]
    public void Uri_reaches_it_once_it_is_registered()
    {
        LibUsbDotNetCarrier.Register();
        Assert.That(CarrierUri.TryParse("usb:no-such-board?via=libusbdotnet", out var uri, out _), Is.True);

        Assert.That(() => uri!.Open(), Throws.TypeOf<BenchException>().With.Message.Contains("usb:no-such-board"));
    }

    protected override bool AllocatesNothing => false;

    protected override (ICarrier Host, ICarrier Board) Open()
    {
        UsbDevice.Wire = new();
        var wire = UsbDevice.Wire;
        return (
            LibUsbDotNetCarrier.Open(_board),
            new WireBoard(bytes => wire.Write(bytes, toHost: true), (buffer, ms) => wire.Read(buffer, ms, atHost: false), wire.Pull));
    }
}
