using HilBench.Journal;
using HilBench.Links;
using HilBench.Links.Contract;
using HilBench.Pcie;

namespace HilBench.Devices.Tests;

/// <summary>What ends a link ends with the first layer that failed, within its deadline.</summary>
public sealed class LinkTroubleTests
{
    private const long Patience = 2_600_000; // 2 s of silence, polls, and a stall

    [Test]
    public void Pulled_cable_is_said_at_once()
    {
        var bench = new LinkedBench();
        using var device = bench.OpenDevice();
        WorkFor(bench, device, writes: 20);

        bench.Cable.IsPulled = true;

        ExpectLoss(bench, device, BenchLayer.Cable, within: 1000);
    }

    [Test]
    public void Restart_of_the_board_in_the_middle_of_a_run_is_noticed()
    {
        var bench = new LinkedBench();
        using var device = bench.OpenDevice();
        WorkFor(bench, device, writes: 20);
        Restart(bench);

        ExpectLoss(bench, device, BenchLayer.Board, within: 100_000, "the board restarted");
    }

    [Test]
    public void Restart_of_the_board_is_noticed_on_a_bad_cable_too([Values(1UL, 2UL, 3UL)] ulong seed)
    {
        var bench = new LinkedBench(new CableFaults { AlteredPerMille = 10, StalledPerMille = 10 }, seed);
        using var device = bench.OpenDevice();
        WorkFor(bench, device, writes: 20);
        Restart(bench);

        ExpectLoss(bench, device, BenchLayer.Board, within: Patience, "the board restarted");
    }

    [Test]
    public void After_a_restart_the_board_can_be_opened_again()
    {
        var bench = new LinkedBench();
        using var lost = bench.OpenDevice();
        WorkFor(bench, lost, writes: 20);
        Restart(bench);
        ExpectLoss(bench, lost, BenchLayer.Board, within: 100_000);

        using var device = bench.OpenDevice();

        Assert.That(Ask(device), Is.EqualTo(1));
    }

    [Test]
    public void Board_that_hangs_is_given_up_after_two_seconds()
    {
        var bench = new LinkedBench();
        using var device = bench.OpenDevice();
        WorkFor(bench, device, writes: 20);
        bench.Cable.BoardStep = () => { };
        bench.Cable.BoardTimerUs = () => long.MaxValue;

        ExpectLoss(bench, device, BenchLayer.Link, within: Patience, "nothing was heard");
    }

    [Test]
    public void Board_that_stalls_for_a_second_is_not_given_up()
    {
        var bench = new LinkedBench();
        using var device = bench.OpenDevice();
        WorkFor(bench, device, writes: 20);
        var (step, back) = (bench.Cable.BoardStep, bench.Time.NowUs + 1_000_000);
        bench.Cable.BoardStep = () =>
        {
            if (bench.Time.NowUs >= back)
            {
                step();
            }
        };

        Assert.That(Ask(device), Is.EqualTo(1));
    }

    [Test]
    public void Device_that_does_not_end_its_run_is_told_from_a_board_that_is_silent()
    {
        LinkedBench? bench = null;
        bench = new LinkedBench(device: () => new SlowDevice(() => bench!.Time));
        using var device = bench.OpenDevice();
        var start = bench.Time.NowUs;

        var loss = Assert.Throws<BenchException>(() => device.Run(1UL << 50, 0));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Layer, Is.EqualTo(BenchLayer.Device));
            Assert.That(bench.Time.NowUs - start, Is.InRange(30_000_000, 31_000_000));
        }
    }

    [Test]
    public void No_answer_at_all_is_the_bridge()
    {
        var bench = new LinkedBench();
        bench.Cable.BoardStep = () => { };
        bench.Cable.BoardTimerUs = () => long.MaxValue;

        ExpectNotOpened(bench, BenchLayer.Bridge, "not one byte");
    }

    [Test]
    public void Noise_for_an_answer_is_the_link()
    {
        var bench = new LinkedBench();
        bench.Cable.BoardTimerUs = () => long.MaxValue;
        bench.Cable.BoardStep = () => { };
        bench.Cable.Inject("login: "u8);

        ExpectNotOpened(bench, BenchLayer.Link, "no frame that answers");
    }

    [Test]
    public void Noise_in_front_does_not_matter()
    {
        var bench = new LinkedBench();
        bench.Cable.Inject("\0\0U-Boot 2019.01\r\n"u8);
        for (var i = 0; i < 20; i++)
        {
            bench.Cable.Inject(Enumerable.Repeat((byte)0x55, 500).ToArray());
        }

        using var device = bench.OpenDevice();

        Assert.That(Ask(device), Is.EqualTo(1));
    }

    [Test]
    public void Other_protocol_version_is_named()
    {
        var bench = new LinkedBench();
        bench.Cable.BoardTimerUs = () => long.MaxValue;
        bench.Cable.BoardStep = () => { };
        var wire = new byte[LinkLimits.MaxWire];
        var refusal = Convert.FromHexString("48494c42" + "0203" + "0100" + "00000000"); // versions 2 to 3, reason 1
        var length = new FrameWriter().Write(new FrameHeader(FrameKind.Refuse, 0, 0, 0, Session: 1), refusal, wire);
        bench.Cable.Inject(wire.AsSpan(0, length));

        ExpectNotOpened(bench, BenchLayer.Link, "versions 2 to 3");
    }

    [Test]
    public void Second_host_is_refused_with_the_first_one_named_and_the_first_goes_on()
    {
        var bench = new LinkedBench();
        using var first = bench.OpenDevice(hostId: 4711);
        Ask(first);
        // Someone works on while the second host tries.
        bench.Cable.Meanwhile = KeepAlive(bench, session: 1);

        ExpectNotOpened(bench, BenchLayer.Link, "serves another host (id 4711)");
        bench.Cable.Meanwhile = _ => { };

        Assert.That(Ask(first), Is.EqualTo(1));
    }

    [Test]
    public void Host_that_takes_over_ends_the_session_of_the_other()
    {
        var bench = new LinkedBench();
        using var first = bench.OpenDevice();
        Ask(first);
        using var second = bench.OpenDevice(takesOver: true, hostId: 2);
        Ask(second);

        ExpectLoss(bench, first, BenchLayer.Link, within: 100_000, "another host took the board over");
        Assert.That(Ask(second), Is.EqualTo(1));
    }

    [Test]
    public void Board_is_free_as_soon_as_its_host_has_closed()
    {
        var bench = new LinkedBench();
        bench.OpenDevice().Dispose();
        var start = bench.Time.NowUs;

        using var device = bench.OpenDevice(hostId: 2);

        Assert.That(bench.Time.NowUs - start, Is.LessThan(50_000));
    }

    [Test]
    public void Board_of_a_host_that_died_is_free_after_a_second()
    {
        var bench = new LinkedBench();
#pragma warning disable CA2000 // a dead host says no BYE
        Ask(bench.OpenDevice());
#pragma warning restore CA2000
        var start = bench.Time.NowUs;

        using var device = bench.OpenDevice(hostId: 2);

        Assert.That(bench.Time.NowUs - start, Is.InRange(900_000, 1_300_000));
    }

    [Test]
    public void TLP_that_no_buffer_of_the_board_holds_is_refused_here()
    {
        var bench = new LinkedBench();
        using var device = bench.OpenDevice();

        Assert.That(
            () => device.Send(new byte[5000], 0),
            Throws.TypeOf<DeviceException>().With.Message.Contains("5000 bytes does not pass: the board takes 4120"));
    }

    private static void Restart(LinkedBench bench)
    {
        bench.Cable.Clear();
        bench.StartBoard();
    }

    /// <summary>Frames of a session come to the board every 100 ms.</summary>
    private static Action<long> KeepAlive(LinkedBench bench, ushort session)
    {
        var next = 0L;
        var wire = new byte[LinkLimits.MaxWire];
        return now =>
        {
            if (now >= next)
            {
                next = now + 100_000;
                var length = new FrameWriter().Write(new FrameHeader(FrameKind.Ack, 0, 0, 0, session), [], wire);
                bench.Cable.HostEnd.Write(wire.AsSpan(0, length), Deadline.Now);
            }
        };
    }

    private static void WorkFor(LinkedBench bench, LinkDevice device, int writes)
    {
        while (bench.Cable.HostWrites < writes)
        {
            Ask(device);
        }
    }

    /// <summary>Answers to one configuration read.</summary>
    private static int Ask(LinkDevice device)
    {
        Span<byte> tlp = stackalloc byte[12];
        TlpWriter.WriteConfigurationRead(tlp, new(new(0), 1, new(0x0100), 0));
        device.Send(tlp, 0);
        device.Run(device.Cycles + 1000, 1000);
        var answers = 0;
        while (device.TryReceive(out _, out _))
        {
            answers++;
        }

        return answers;
    }

    private static void ExpectLoss(LinkedBench bench, LinkDevice device, BenchLayer layer, long within, string words = "")
    {
        var start = bench.Time.NowUs;

        var loss = Assert.Throws<BenchException>(() => Ask(device));
        var took = bench.Time.NowUs - start;
        var again = Assert.Throws<BenchException>(() => Ask(device));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Layer, Is.EqualTo(layer));
            Assert.That(loss.Message, Does.Contain(words));
            Assert.That(took, Is.LessThanOrEqualTo(within));
            Assert.That(again.Message, Is.EqualTo(loss.Message));
            Assert.That(bench.Time.NowUs - start, Is.EqualTo(took), "said again without a wait");
        }
    }

    private static void ExpectNotOpened(LinkedBench bench, BenchLayer layer, string words)
    {
        var start = bench.Time.NowUs;

        var failure = Assert.Throws<BenchException>(() => bench.OpenDevice(hostId: 2).Dispose());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure.Layer, Is.EqualTo(layer));
            Assert.That(failure.Message, Does.Contain(words));
            Assert.That(bench.Time.NowUs - start, Is.LessThanOrEqualTo(3_100_000));
        }
    }

    /// <summary>A device whose simulator needs a millisecond for each stretch.</summary>
    private sealed class SlowDevice(Func<VirtualTime> time) : IDevice
    {
        public DeviceDescription Description { get; } = new("slow", "1", 0, []);

        public ulong Cycles { get; private set; }

        public void Reset(ResetKind kind)
        {
            // Nothing to lose.
        }

        public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
        {
            // Nothing comes of it.
        }

        public void Run(ulong untilCycle, ulong lingerCycles)
        {
            time().Advance(TimeSpan.FromMilliseconds(1));
            Cycles = untilCycle;
        }

        public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
        {
            tlp = default;
            cycle = 0;
            return false;
        }

        public void Dispose()
        {
            // Nothing outside of managed memory.
        }
    }
}
