using HilBench.Journal;
using HilBench.Links;
using HilBench.Links.Tests.Carriers;

namespace HilBench.LabVm;

/// <summary>Our own binding to libusb, usbfs and a real USB stack, with a simulated board at the end.</summary>
[TestFixture]
public sealed class UsbCarrierTests : CarrierContract
{
    private AttachedBoard? _attached;

    private static Deadline Soon => Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5));

    [TearDown]
    public void Detach() => _attached?.Dispose();

    [Test]
    public void Board_is_listed_with_its_serial_number_and_interface() =>
        Assert.That(
            _attached!.Found with { Place = "", NodePath = "" },
            Is.EqualTo(new UsbBoard("", 0x1209, 0x0001, "board in the lab", _attached.Serial, "", new UsbBulkInterface(0, 0x81, 0x01))));

    [Test]
    public void Boards_are_told_apart_by_serial_number()
    {
        using var other = new AttachedBoard();
        using var carrier = UsbCarrier.Open(new UsbSelector(0x1209, 0x0001, other.Serial), TimeProvider.System);
        var buffer = new byte[1];

        carrier.Write([42], Soon);

        Assert.That((other.Board.Bulk.Read(buffer, Soon), buffer[0]), Is.EqualTo((1, 42)));
        Assert.That(
            () => UsbCarrier.Open(new UsbSelector(0x1209, 0x0001, null), TimeProvider.System),
            Throws.TypeOf<BenchException>().With.Message.Contains("more than one"));
    }

    [Test]
    public void Second_program_on_the_same_board_is_refused() =>
        Assert.That(
            () => UsbCarrier.Open(_attached!.Found, TimeProvider.System),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Permission).And.Message.Contains("another program"));

    [Test]
    public void Halted_endpoint_is_cleared_and_what_follows_arrives([Values(0x81, 0x01)] int endpoint)
    {
        var board = _attached!.Board.Bulk;
        var buffer = new byte[10];
        _attached.Board.Halt((byte)endpoint);

        if (endpoint == 0x01)
        {
            Host.Write([1], Soon); // lost in the halt
            Host.Read(buffer, Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(100)));
            for (var i = 0; i < 4; i++)
            {
                Host.Write([2], Soon); // the halt is seen when a transfer is needed again
            }

            Assert.That((board.Read(buffer, Soon), buffer[0]), Is.EqualTo((1, 2)));
            return;
        }

        Assert.That(Host.Read(buffer, Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(300))), Is.Zero);
        board.Write([7], Soon);

        Assert.That((Host.Read(buffer, Soon), buffer[0]), Is.EqualTo((1, 7)));
    }

    [Test]
    public void Board_may_be_closed_and_opened_again()
    {
        Host.Dispose();
        using var again = UsbCarrier.Open(_attached!.Found, TimeProvider.System);
        var buffer = new byte[10];

        _attached.Board.Bulk.Write([5], Soon);

        Assert.That(again.Read(buffer, Soon), Is.EqualTo(1));
    }

    protected override (ICarrier Host, ICarrier Board) Open()
    {
        _attached = new AttachedBoard();
        return (UsbCarrier.Open(_attached.Found, TimeProvider.System), _attached.Board.Bulk);
    }
}
