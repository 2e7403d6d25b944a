using HilBench.Links;
using HilBench.Links.Tests.Carriers;

namespace HilBench.LabVm;

/// <summary>Our serial carrier on a real tty of the driver cdc-acm: what a pty does not have.</summary>
[TestFixture]
public sealed class TtyAcmTests : CarrierContract
{
    private AttachedBoard? _attached;

    [TearDown]
    public void Detach() => _attached?.Dispose();

    [Test]
    public void Baud_rate_reaches_the_board_also_one_that_is_not_standard()
    {
        Host.Dispose();
        using var again = SerialCarrier.Open(_attached!.Port, 1_234_567);

        AttachedBoard.Await(() => _attached.Board.Line.Baud == 1_234_567, $"the board sees {_attached.Board.Line}");
    }

    [Test]
    public void Modem_lines_are_there_and_DTR_reaches_the_board()
    {
        Assert.That(Host.Abilities, Is.EqualTo(CarrierAbilities.BitRate | CarrierAbilities.ModemLines));
        AttachedBoard.Await(() => _attached!.Board.Line is { IsReady: true, RequestsToSend: true }, "DTR and RTS are not on");
    }

    protected override (ICarrier Host, ICarrier Board) Open()
    {
        _attached = new AttachedBoard();
        return (SerialCarrier.Open(_attached.Port, 3_000_000), _attached.Board.Serial);
    }
}
