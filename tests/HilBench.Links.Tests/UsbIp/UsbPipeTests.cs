using System.Net;
using HilBench.Links.Tests.Carriers;

namespace HilBench.Links.Tests.UsbIp;

/// <summary>The bulk interface and the serial port of the simulated USB board, with a host at the end of USB/IP.</summary>
[TestFixture(0x01)]
[TestFixture(0x03)]
public sealed class UsbPipeTests(int endpoint) : CarrierContract
{
    private UsbIpServer? _server;

    [TearDown]
    public void StopServer() => _server?.Dispose();

    [Test]
    public void Board_waits_for_the_next_host_when_one_goes()
    {
        using var board = new SimulatedUsbBoard("board", "7");
        using var server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), board);
        var soon = Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5));
        var buffer = new byte[3];
        Attach(server).Dispose();
        while (board.IsAttached)
        {
            Assert.That(soon.HasPassed, Is.False);
        }

        using var second = Attach(server);
        board.Carrier.Write([1], soon); // to nobody: no transfer waits, and none has spoken
        second.Write([1, 2, 3], soon);

        Assert.That((board.Carrier.Read(buffer, soon), buffer), Is.EqualTo((3, new byte[] { 1, 2, 3 })));
    }

    [Test]
    public void Board_answers_where_it_was_spoken_to_last()
    {
        using var board = new SimulatedUsbBoard("board", "7");
        using var server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), board);
        using var host = Attach(server);
        var soon = Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5));
        var buffer = new byte[1];
        host.Write([1], soon);
        board.Carrier.Read(buffer, soon);

        board.Carrier.Write([9], soon);

        Assert.That((host.Read(buffer, soon), buffer[0]), Is.EqualTo((1, 9)));
    }

    [Test]
    public void Transfer_that_the_board_has_no_room_for_waits_and_loses_nothing()
    {
        using var board = new SimulatedUsbBoard("board", "7");
        using var server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), board);
        using var host = Attach(server);
        var bytes = Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7)).ToArray();
        var written = new Thread(() => host.Write(bytes, Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(20))));
        written.Start();
        var isOver = written.Join(200);
        var read = new List<byte>();
        var buffer = new byte[1000];

        while (read.Count < bytes.Length)
        {
            var count = board.Carrier.Read(buffer, Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5)));
            Assert.That(count, Is.GreaterThan(0));
            read.AddRange(buffer.AsSpan(0, count));
        }

        written.Join();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(isOver, Is.False, "a board that reads nothing does not take 200 000 bytes");
            Assert.That(read, Is.EqualTo(bytes));
        }
    }

    protected override (ICarrier Host, ICarrier Board) Open()
    {
        var board = new SimulatedUsbBoard("board", "7");
        _server?.Dispose();
        _server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), board);
        return (Attach(_server), endpoint == 1 ? board.Bulk : board.Serial);
    }

    private UsbIpHostCarrier Attach(UsbIpServer server)
    {
#pragma warning disable CA2000 // the carrier owns it
        var client = new UsbIpClient(server.EndPoint);
#pragma warning restore CA2000
        Assert.That(client.Import("1-1").Status, Is.Zero);
        return new UsbIpHostCarrier(client, endpoint, endpoint);
    }
}
