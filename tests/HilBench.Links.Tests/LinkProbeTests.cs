using HilBench.Links.Contract;

namespace HilBench.Links.Tests;

/// <summary>What a link over a line with a bit rate reaches, in the line's own time.</summary>
public sealed class LinkProbeTests
{
    private const int Payload = 64;
    private const int Frame = 77; // 64 of payload, 10 of frame, 1 of COBS, 2 of 00
    private const int FirstAck = 13; // on the line before the first round trip
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(3);

    [TestCase(115_200)]
    [TestCase(1_000_000)]
    [TestCase(3_000_000)]
    public void Link_fills_a_serial_line(int baud)
    {
        using var bench = new EchoBench(baud);
        var probe = new LinkProbe(bench.Link, bench.Time, Payload);

        var throughput = probe.MeasureThroughput(_wait, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(throughput / (baud / 10.0 / Frame * Payload), Is.InRange(0.99, 1.001));
            Assert.That(probe.Wrong, Is.Zero);
            Assert.That(bench.Link.Counters.Repeated, Is.Zero);
            Assert.That(bench.Board.Counters.Repeated, Is.LessThanOrEqualTo(LinkLimits.MaxFramesAhead), "at most once, before the first acknowledgement");
        }
    }

    [Test]
    public void Round_trip_is_the_time_of_two_frames_on_the_line()
    {
        using var bench = new EchoBench(115_200);
        var probe = new LinkProbe(bench.Link, bench.Time, Payload);

        var micros = probe.MeasureRoundTrips(_wait, CancellationToken.None);

        Assert.That(micros, Has.All.InRange(2 * Frame * 86.8, (((2 * Frame) + FirstAck) * 86.8) + 200));
    }

    [TestCase(64)]
    [TestCase(152)] // a TLP with 128 bytes of data: four frames of five are broken
    public void Line_with_one_byte_in_a_hundred_altered_is_slower_and_loses_nothing(int payload)
    {
        using var bench = new EchoBench(115_200, alteredPerMille: 10);
        var probe = new LinkProbe(bench.Link, bench.Time, payload);

        var throughput = probe.MeasureThroughput(TimeSpan.FromSeconds(60), CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(probe.Wrong, Is.Zero);
            Assert.That(throughput, Is.GreaterThan(0.02 * 11_520));
        }
    }

    /// <summary>A host and a board that sends back, at the ends of a line.</summary>
    private sealed class EchoBench : IDisposable
    {
        public EchoBench(int baud, int alteredPerMille = 0)
        {
            var byteNs = (int)(10_000_000_000 / baud);
            var cable = new SimulatedCable(Time, new CableFaults { ByteNs = byteNs, AlteredPerMille = alteredPerMille });
            var identity = new BoardIdentity(BoardFeatures.Echo, 0, "echo", "1", "07");
            var board = Board = new BoardLink(cable.BoardEnd, new LinkSettings { Board = identity, ByteNs = byteNs }, Time);
            cable.BoardStep = () =>
            {
                board.Receive(Deadline.Now);
                while (board.HasMessage && board.TrySend(FrameKind.Echoed, board.FirstMessage(out _)))
                {
                    board.RemoveMessage();
                }

                board.Transmit();
            };
            cable.BoardTimerUs = () => board.NextTimerUs;
            Link = new HostLink(cable.HostEnd, new LinkSettings { ByteNs = byteNs }, Time, session: 7);
            Link.Open();
        }

        public VirtualTime Time { get; } = new();

        public HostLink Link { get; }

        public BoardLink Board { get; }

        public void Dispose() => Link.Dispose();
    }
}
