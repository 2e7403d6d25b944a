using System.Net;
using HilBench.Links;

namespace HilBench.LabVm;

/// <summary>A simulated USB board in this process, attached to this machine's kernel over the loopback.</summary>
internal sealed class AttachedBoard : IDisposable
{
    private static int _count;

    private readonly UsbIpServer _server;

    public AttachedBoard()
    {
        Serial = $"TEST-{++_count}";
        Board = new SimulatedUsbBoard("board in the lab", Serial);
        _server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), Board);
        Assert.That(UsbIpHost.TryAttach(_server.EndPoint), Is.True, "usbip attach");
        Await(() => Find() is not null, "the kernel does not see the board");
    }

    public string Serial { get; }

    public SimulatedUsbBoard Board { get; }

    public UsbBoard Found => Find()!;

    /// <summary>/dev/ttyACMn of this board.</summary>
    public string Port
    {
        get
        {
            var folder = $"/sys/bus/usb/devices/{Found.Place}:1.1/tty";
            Await(() => Directory.Exists(folder) && File.Exists(Path()), "there is no serial port");
            return Path();

            string Path() => $"/dev/{System.IO.Path.GetFileName(Directory.GetDirectories(folder).Single())}";
        }
    }

    public static void Await(Func<bool> isTrue, string otherwise)
    {
        var end = Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(10));
        while (!isTrue())
        {
            Assert.That(end.HasPassed, Is.False, otherwise);
            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        Board.Dispose();
        _server.Dispose();
        Await(() => Find() is null, "the kernel still sees the board");
    }

    private UsbBoard? Find() => UsbBoards.List().FirstOrDefault(board => board.Serial == Serial && File.Exists(board.NodePath));
}
