using System.Net;
using System.Text;

namespace HilBench.Links.Tests.UsbIp;

/// <summary>
/// The simulated USB board as a host sees it. Expected bytes: USB 2.0, chapter 9; USB CDC PSTN 1.2; Linux,
/// Documentation/usb/usbip_protocol.rst.
/// </summary>
public sealed class UsbIpServerTests
{
    private const byte ToDevice = 0x00;
    private const byte FromDevice = 0x80;
    private const byte ToEndpoint = 0x02;
    private const byte FromEndpoint = 0x82;
    private const byte ToClassInterface = 0x21;
    private const byte FromClassInterface = 0xA1;

    private SimulatedUsbBoard _board = null!;
    private UsbIpServer _server = null!;
    private UsbIpClient _host = null!;

    private static Deadline Soon => Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5));

    [SetUp]
    public void Attach()
    {
        _board = new SimulatedUsbBoard("reference device", "HB-0042");
        _server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), _board);
        _host = new UsbIpClient(_server.EndPoint);
        Assert.That(_host.Import("1-1").Status, Is.Zero);
    }

    [TearDown]
    public void Detach()
    {
        _host.Dispose();
        _server.Dispose();
        _board.Dispose();
    }

    [Test]
    public void List_names_the_board_its_numbers_and_its_three_interfaces()
    {
        using var another = new UsbIpClient(_server.EndPoint);

        var list = another.ListDevices();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(list[..12], Is.EqualTo((byte[])[0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0, 1]), "one device");
            Assert.That(Text(list[268..300]), Is.EqualTo("1-1"));
            Assert.That(list[300..312], Is.EqualTo((byte[])[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]), "bus 1, device 2, high speed");
            Assert.That(list[312..318], Is.EqualTo((byte[])[0x12, 0x09, 0x00, 0x01, 0x01, 0x00]), "1209:0001, release 1.00");
            Assert.That(list[318..324], Is.EqualTo((byte[])[0xEF, 2, 1, 0, 1, 3]), "class, no configuration yet, one configuration, three interfaces");
            Assert.That(list[324..], Is.EqualTo((byte[])[0xFF, 0x48, 1, 0, 2, 2, 0, 0, 10, 0, 0, 0]));
        }
    }

    [Test]
    public void Import_of_a_device_that_is_not_there_is_refused()
    {
        using var another = new UsbIpClient(_server.EndPoint);

        Assert.That(another.Import("1-2").Status, Is.EqualTo(4), "ST_NODEV");
    }

    [Test]
    public void Second_host_is_refused_as_long_as_the_first_one_has_the_board()
    {
        using var second = new UsbIpClient(_server.EndPoint);
        using var third = new UsbIpClient(_server.EndPoint);

        Assert.That(second.Import("1-1").Status, Is.EqualTo(2), "ST_DEV_BUSY");
        _host.Dispose();
        for (var end = Soon; _board.IsAttached;)
        {
            Assert.That(end.HasPassed, Is.False);
        }

        Assert.That(third.Import("1-1").Status, Is.Zero);
    }

    [Test]
    public void Device_descriptor_is_that_of_a_USB_2_device_with_association_descriptors() =>
        Assert.That(
            _host.Control(FromDevice, 6, 0x0100, 0, 64),
            Is.EqualTo((byte[])[18, 1, 0, 2, 0xEF, 2, 1, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 3, 1]));

    [Test]
    public void Descriptor_is_cut_to_what_the_host_asks_for() =>
        Assert.That(_host.Control(FromDevice, 6, 0x0100, 0, 8), Is.EqualTo((byte[])[18, 1, 0, 2, 0xEF, 2, 1, 64]));

    [Test]
    public void Configuration_holds_the_vendor_interface_and_a_serial_port()
    {
        var configuration = _host.Control(FromDevice, 6, 0x0200, 0, 4096)!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(configuration[..9], Is.EqualTo((byte[])[9, 2, (byte)configuration.Length, 0, 3, 1, 0, 0x80, 50]));
            Assert.That(Parts(configuration, 4).Select(part => (part[2], part[4], part[5])), Is.EqualTo(((byte, byte, byte)[])[(0, 2, 0xFF), (1, 1, 2), (2, 2, 10)]));
            Assert.That(
                Parts(configuration, 5).Select(part => (part[2], part[3], part[4] | (part[5] << 8))),
                Is.EqualTo(((byte, byte, int)[])[(0x01, 2, 512), (0x81, 2, 512), (0x82, 3, 16), (0x03, 2, 512), (0x83, 2, 512)]));
            Assert.That(Parts(configuration, 11).Single(), Is.EqualTo((byte[])[8, 11, 1, 2, 2, 2, 0, 5]), "interfaces 1 and 2 are one function");
            Assert.That(Parts(configuration, 0x24).Select(part => part[2]), Is.EqualTo((byte[])[0, 1, 2, 6]), "header, call management, ACM, union");
            Assert.That(Parts(configuration, 0x24).Single(part => part[2] == 2)[3] & 0x06, Is.EqualTo(6), "line coding and break");
            Assert.That(UsbBulkInterface.TryFind(configuration, out var bulk) ? bulk : default, Is.EqualTo(new UsbBulkInterface(0, 0x81, 0x01)));
        }
    }

    [TestCase(1, "HilBench")]
    [TestCase(2, "reference device")]
    [TestCase(3, "HB-0042")]
    public void Strings_are_those_of_the_board(int index, string text)
    {
        var descriptor = _host.Control(FromDevice, 6, 0x0300 | index, 0x0409, 255)!;

        Assert.That((descriptor[0], descriptor[1], Encoding.Unicode.GetString(descriptor.AsSpan(2))), Is.EqualTo(((byte)descriptor.Length, (byte)3, text)));
    }

    [Test]
    public void String_0_says_English() => Assert.That(_host.Control(FromDevice, 6, 0x0300, 0, 255), Is.EqualTo((byte[])[4, 3, 9, 4]));

    [Test]
    public void Qualifier_has_no_other_speed_to_tell_of() =>
        Assert.That(_host.Control(FromDevice, 6, 0x0600, 0, 10), Is.EqualTo((byte[])[10, 6, 0, 2, 0xEF, 2, 1, 64, 1, 0]));

    [TestCase(FromDevice, 6, 0x0309)]
    [TestCase(FromDevice, 6, 0x0F00)]
    [TestCase(FromDevice, 6, 0x0201)]
    [TestCase(FromDevice, 0x77, 0)]
    [TestCase(0xC0, 0x01, 0)]
    public void Request_that_the_board_does_not_know_stalls_and_the_next_one_is_answered(byte type, byte request, int value)
    {
        Assert.That(_host.Control(type, request, value, 0, 64), Is.Null);
        Assert.That(_host.Control(FromDevice, 6, 0x0100, 0, 18), Has.Length.EqualTo(18));
    }

    [Test]
    public void Configuration_that_was_set_is_told()
    {
        var before = _host.Control(FromDevice, 8, 0, 0, 1);
        _host.Control(ToDevice, 9, 1, 0, 0);

        Assert.That((before, _host.Control(FromDevice, 8, 0, 0, 1)), Is.EqualTo((new byte[] { 0 }, new byte[] { 1 })));
    }

    [Test]
    public void Baud_rate_and_modem_lines_of_the_serial_port_reach_the_board()
    {
        var seen = new List<UsbLineState>();
        _board.LineChanged = seen.Add;

        _host.Control(ToClassInterface, 0x20, 0, 1, 7, [0xC0, 0xC6, 0x2D, 0x00, 0, 0, 8]); // 3 000 000 baud
        _host.Control(ToClassInterface, 0x22, 1, 1, 0);
        _host.Control(ToClassInterface, 0x22, 2, 1, 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen, Is.EqualTo((UsbLineState[])[
                new(3_000_000, 8, IsReady: false, RequestsToSend: false),
                new(3_000_000, 8, IsReady: true, RequestsToSend: false),
                new(3_000_000, 8, IsReady: false, RequestsToSend: true)]));
            Assert.That(_board.Line, Is.EqualTo(seen[^1]));
            Assert.That(_host.Control(FromClassInterface, 0x21, 0, 1, 7), Is.EqualTo((byte[])[0xC0, 0xC6, 0x2D, 0x00, 0, 0, 8]));
        }
    }

    [Test]
    public void Open_port_is_told_that_the_carrier_is_there()
    {
        var waits = _host.Submit(2, isIn: true, [], 16);

        _host.Submit(0, isIn: false, [], 0, [ToClassInterface, 0x22, 1, 0, 1, 0, 0, 0]);
        var answer = _host.Next();
        var notice = _host.Receive(answer.Length);

        Assert.That(answer, Is.EqualTo((3u, waits, 0, 10)));
        Assert.That(notice, Is.EqualTo((byte[])[0xA1, 0x20, 0, 0, 1, 0, 2, 0, 3, 0]), "SERIAL_STATE: DCD and DSR");
    }

    [Test]
    public void Break_reaches_the_board()
    {
        var breaks = 0;
        _board.BreakSent = () => breaks++;

        _host.Control(ToClassInterface, 0x23, 100, 1, 0);

        Assert.That(breaks, Is.EqualTo(1));
    }

    [Test]
    public void Transfer_to_the_host_waits_until_the_board_has_bytes()
    {
        var waits = _host.Submit(1, isIn: true, [], 512);
        var isEarly = _host.Wait(TimeSpan.FromMilliseconds(50));

        _board.Bulk.Write([1, 2, 3], Soon);
        var answer = _host.Next();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isEarly, Is.False);
            Assert.That(answer, Is.EqualTo((3u, waits, 0, 3)), "a short packet ends the transfer");
            Assert.That(_host.Receive(3), Is.EqualTo((byte[])[1, 2, 3]));
        }
    }

    [Test]
    public void Waiting_transfers_are_served_in_the_order_in_which_they_came()
    {
        var first = _host.Submit(1, isIn: true, [], 2);
        var second = _host.Submit(1, isIn: true, [], 2);
        _host.Control(FromDevice, 8, 0, 0, 1); // both have arrived

        _board.Bulk.Write([1, 2, 3], Soon);

        Assert.That((_host.Next(), _host.Receive(2)[0], _host.Next(), _host.Receive(1)[0]), Is.EqualTo(((3u, first, 0, 2), (byte)1, (3u, second, 0, 1), (byte)3)));
    }

    [Test]
    public void Transfer_that_is_unlinked_in_time_takes_no_bytes_with_it()
    {
        var pulled = _host.Submit(1, isIn: true, [], 512);
        _host.Unlink(pulled);
        var unlinked = _host.Next();
        var next = _host.Submit(1, isIn: true, [], 512);

        _board.Bulk.Write([5], Soon);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((unlinked.Code, unlinked.Status), Is.EqualTo((4u, UsbIpClient.ConnectionReset)));
            Assert.That(_host.Next(), Is.EqualTo((3u, next, 0, 1)));
            Assert.That(_host.Receive(1), Is.EqualTo((byte[])[5]));
        }
    }

    [Test]
    public void Transfer_that_was_answered_before_it_is_unlinked_stays_answered()
    {
        var sent = _host.Submit(1, isIn: false, [1, 2], 2);
        var answered = _host.Next();

        _host.Unlink(sent);
        var unlinked = _host.Next();

        Assert.That((answered, unlinked.Code, unlinked.Status), Is.EqualTo(((3u, sent, 0, 2), 4u, 0)));
    }

    [Test]
    public void Packet_of_no_bytes_is_taken_and_adds_nothing()
    {
        var buffer = new byte[10];
        _host.Submit(1, isIn: false, [7], 1);
        _host.Next();

        var empty = _host.Submit(1, isIn: false, [], 0);
        var answer = _host.Next();

        Assert.That((answer, _board.Bulk.Read(buffer, Soon)), Is.EqualTo(((3u, empty, 0, 0), 1)));
    }

    [Test]
    public void Halted_endpoint_refuses_what_waits_and_what_comes_until_the_host_clears_it()
    {
        var waits = _host.Submit(1, isIn: true, [], 512);
        _host.Control(FromEndpoint, 0, 0, 0x81, 2); // it has arrived
        _board.Halt(0x81);
        var refused = _host.Next();
        _host.Submit(1, isIn: true, [], 512);
        var alsoRefused = _host.Next();
        var isHalted = _host.Control(FromEndpoint, 0, 0, 0x81, 2);

        _host.Control(ToEndpoint, 1, 0, 0x81, 0);
        var isCleared = _host.Control(FromEndpoint, 0, 0, 0x81, 2);
        var again = _host.Submit(1, isIn: true, [], 512);
        _board.Bulk.Write([9], Soon);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused.Sequence, refused.Status), Is.EqualTo((waits, UsbIpClient.BrokenPipe)));
            Assert.That(alsoRefused.Status, Is.EqualTo(UsbIpClient.BrokenPipe));
            Assert.That((isHalted, isCleared), Is.EqualTo((new byte[] { 1, 0 }, new byte[] { 0, 0 })));
            Assert.That(_host.Next(), Is.EqualTo((3u, again, 0, 1)));
        }
    }

    [Test]
    public void Endpoint_that_is_not_there_stalls()
    {
        _host.Submit(7, isIn: true, [], 64);

        Assert.That(_host.Next().Status, Is.EqualTo(UsbIpClient.BrokenPipe));
    }

    [Test]
    public void Unplugged_board_ends_the_connection_at_once()
    {
        _host.Submit(1, isIn: true, [], 64);

        _board.Unplug();

        Assert.That(() => _host.Next(), Throws.TypeOf<EndOfStreamException>());
    }

    [TestCase("00000001", Description = "too short, then closed")]
    [TestCase("0111800500000000", Description = "a list is asked for")]
    [TestCase("011180FF00000000")]
    [TestCase("FFFFFFFFFFFFFFFFFFFFFFFF")]
    public void Host_that_says_nonsense_is_left_and_the_next_one_is_served(string bytes)
    {
        using (var odd = new global::System.Net.Sockets.TcpClient())
        {
            odd.Connect(_server.EndPoint);
            odd.Client.Send(Convert.FromHexString(bytes));
        }

        using var next = new UsbIpClient(_server.EndPoint);
        Assert.That(next.ListDevices(), Has.Length.EqualTo(336));
    }

    [Test]
    public void Command_that_there_is_not_unplugs_the_board_from_this_host_only()
    {
        _host.SendRaw(Enumerable.Repeat((byte)0xEE, 48).ToArray());

        Assert.That(() => _host.Next(), Throws.TypeOf<EndOfStreamException>());
        using var next = new UsbIpClient(_server.EndPoint);
        for (var end = Soon; _board.IsAttached;)
        {
            Assert.That(end.HasPassed, Is.False);
        }

        Assert.That(next.Import("1-1").Status, Is.Zero);
    }

    [Test]
    public void Port_that_is_taken_is_said() =>
        Assert.That(
            () => UsbIpServer.Start(_server.EndPoint, _board),
            Throws.TypeOf<Journal.BenchException>().With.Property("Layer").EqualTo(Journal.BenchLayer.Host));

    private static List<byte[]> Parts(byte[] configuration, byte type)
    {
        var parts = new List<byte[]>();
        for (var at = 0; at < configuration.Length; at += configuration[at])
        {
            if (configuration[at + 1] == type)
            {
                parts.Add(configuration[at..(at + configuration[at])]);
            }
        }

        return parts;
    }

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes).TrimEnd('\0');
}
