using HilBench.Journal;

namespace HilBench.Links.Tests.Carriers;

/// <summary>A serial port: one end of a pty.</summary>
[TestFixture]
public sealed class SerialCarrierTests : CarrierContract
{
    protected override (ICarrier Host, ICarrier Board) Open()
    {
        var board = PtyCarrier.Create();
        return (SerialCarrier.Open(board.PortPath, baud: 115_200), board);
    }

    [Test]
    public void Rate_that_is_not_standard_is_taken([Values(300, 115_200, 250_000, 3_000_000, 1_234_567)] int baud)
    {
        using var board = PtyCarrier.Create();

        using var host = SerialCarrier.Open(board.PortPath, baud);

        Assert.That(host.Abilities, Is.EqualTo(CarrierAbilities.BitRate), "a pty has no modem lines");
    }

    [Test]
    public void Every_byte_passes_as_it_is()
    {
        using var board = PtyCarrier.Create();
        using var host = SerialCarrier.Open(board.PortPath, 115_200);
        var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var buffer = new byte[256];

        host.Write(all, Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(1)));
        var count = board.Read(buffer, Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(1)));

        Assert.That((count, buffer), Is.EqualTo((256, all)), "no echo, no signals, no line ends");
    }

    [Test]
    public void Second_program_on_the_same_port_is_refused()
    {
        using var board = PtyCarrier.Create();
        using var first = SerialCarrier.Open(board.PortPath, 115_200);

        Assert.That(
            () => SerialCarrier.Open(board.PortPath, 115_200),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Permission).And.Message.Contains("another program"));
    }

    [Test]
    public void Port_may_be_closed_and_opened_again()
    {
        using var board = PtyCarrier.Create();
        SerialCarrier.Open(board.PortPath, 115_200).Dispose();
        using var host = SerialCarrier.Open(board.PortPath, 9600);

        board.Write([5], Deadline.Now);

        Assert.That(host.Read(new byte[1], Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(1))), Is.EqualTo(1));
    }

    [Test]
    public void Port_that_is_not_there_is_the_cable() =>
        Assert.That(
            () => SerialCarrier.Open("/dev/no-such-port", 115_200),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable).And.Message.Contains("there is no such port"));

    [Test]
    public void File_that_is_no_port_is_said() =>
        Assert.That(
            () => SerialCarrier.Open("/dev/null", 115_200),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Host).And.Message.Contains("no serial port"));

    [Test]
    public void Bytes_that_no_host_reads_are_lost_and_hold_nobody_up()
    {
        using var board = PtyCarrier.Create();
        using var host = SerialCarrier.Open(board.PortPath, 115_200);

        Assert.That(
            () => board.Write(new byte[1_000_000], Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(30))), Throws.Nothing);
    }
}

/// <summary>A Unix socket.</summary>
[TestFixture]
public sealed class UnixSocketCarrierTests : CarrierContract
{
    protected override (ICarrier Host, ICarrier Board) Open() => Sockets.Open($"unix:{Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())}");

    [Test]
    public void Nobody_who_listens_is_the_cable()
    {
        SocketAddress.TryParse("unix:/tmp/nobody-listens-here", out var address, out _);

        Assert.That(
            () => SocketCarrier.Connect(address!, TimeSpan.FromSeconds(1)),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable));
    }

    [Test]
    public void File_that_a_dead_program_left_is_replaced_and_that_of_a_living_one_is_not()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        SocketAddress.TryParse($"unix:{path}", out var address, out _);
        File.WriteAllText(path, "");

        using var listener = SocketListener.Open(address!);

        Assert.That(
            () => SocketListener.Open(address!),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Host));
    }
}

/// <summary>A TCP socket.</summary>
[TestFixture]
public sealed class TcpCarrierTests : CarrierContract
{
    protected override (ICarrier Host, ICarrier Board) Open() => Sockets.Open("tcp:127.0.0.1:0");

    [Test]
    public void Nobody_who_listens_is_the_cable()
    {
        SocketAddress.TryParse("tcp:127.0.0.1:1", out var address, out _);

        Assert.That(
            () => SocketCarrier.Connect(address!, TimeSpan.FromSeconds(1)),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable));
    }
}

/// <summary>A faulty carrier without faults is the carrier.</summary>
[TestFixture]
public sealed class FaultyCarrierTests : CarrierContract
{
    protected override (ICarrier Host, ICarrier Board) Open()
    {
        var (host, board) = Sockets.Open("tcp:127.0.0.1:0");
        return (new FaultyCarrier(host, new(), new SeededChoice(1)), new FaultyCarrier(board, new(), new SeededChoice(2)));
    }

    [Test]
    public void One_byte_in_a_hundred_is_altered()
    {
        var (host, board) = Sockets.Open("tcp:127.0.0.1:0");
        using var far = board;
        using var near = new FaultyCarrier(host, new CarrierFaults(AlteredPerMille: 10), new SeededChoice(3));
        var soon = Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(10));
        var buffer = new byte[100_000];

        near.Write(new byte[100_000], soon);
        for (var read = 0; read < buffer.Length;)
        {
            read += far.Read(buffer.AsSpan(read), soon);
        }

        Assert.That(buffer.Count(one => one != 0), Is.InRange(800, 1200));
    }
}

internal static class Sockets
{
    public static (ICarrier Host, ICarrier Board) Open(string where)
    {
        SocketAddress.TryParse(where, out var address, out _);
        using var listener = SocketListener.Open(address!);
        SocketAddress.TryParse(listener.Address, out var found, out _);
        var host = SocketCarrier.Connect(found!, TimeSpan.FromSeconds(5));
        return (host, listener.Accept(Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5)))!);
    }
}
