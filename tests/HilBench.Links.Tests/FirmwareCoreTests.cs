using System.Diagnostics;
using HilBench.Journal;
using HilBench.Links.Tests.Carriers;

namespace HilBench.Links.Tests;

/// <summary>The host in C# and the board in C (firmware/core) at the ends of one carrier.</summary>
[NonParallelizable]
public sealed class FirmwareCoreTests
{
    private static readonly TimeSpan _while = TimeSpan.FromMilliseconds(300);
    private static string? _program;

    private Process? _board;

    private static IEnumerable<TestCaseData> Cables() =>
    [
        new TestCaseData(new CarrierFaults()).SetArgDisplayNames("no faults"),
        new TestCaseData(new CarrierFaults(AlteredPerMille: 10)).SetArgDisplayNames("1% of bytes altered"),
        new TestCaseData(new CarrierFaults(LostPerMille: 30)).SetArgDisplayNames("pieces lost"),
        new TestCaseData(new CarrierFaults(DoubledPerMille: 100)).SetArgDisplayNames("pieces doubled"),
        new TestCaseData(new CarrierFaults(5, 10, 10)).SetArgDisplayNames("all of it"),
    ];

    [OneTimeSetUp]
    public static void Build()
    {
        var root = RepositoryRoot();
        using var make = Process.Start(new ProcessStartInfo("make", ["-s", "-C", Path.Combine(root, "firmware"), "board"])
        {
            RedirectStandardError = true,
        });
        var error = make!.StandardError.ReadToEnd();
        make.WaitForExit();
        Assert.That(make.ExitCode, Is.Zero, error);
        _program = Path.Combine(root, "out", "firmware", "link_board");
    }

    [TearDown]
    public void KillBoard()
    {
        _board?.Kill();
        _board?.WaitForExit();
        _board?.Dispose();
        _board = null;
    }

    [TestCaseSource(nameof(Cables))]
    public void Nothing_is_lost_doubled_or_altered_over_a_serial_port(CarrierFaults faults)
    {
        using var far = PtyCarrier.Create();
        StartBoard(far.PortPath);
        using var carrier = new FaultyCarrier(far, faults, new SeededChoice(5));
        using var link = new HostLink(carrier, new LinkSettings(), TimeProvider.System, 77);

        Converse(link, faults != new CarrierFaults());
    }

    [TestCaseSource(nameof(Cables))]
    public void Nothing_is_lost_doubled_or_altered_over_a_socket(CarrierFaults faults)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var address = Sockets.Address($"unix:{path}");
        using var listener = SocketListener.Open(address);
        StartBoard(path);
        using var near = listener.Accept(Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(20)))!;
        using var carrier = new FaultyCarrier(near, faults, new SeededChoice(6));
        using var link = new HostLink(carrier, new LinkSettings(), TimeProvider.System, 78);

        Converse(link, faults != new CarrierFaults());
    }

    [Test]
    public void Board_that_is_killed_and_started_again_is_told_from_one_that_is_silent()
    {
        using var far = PtyCarrier.Create();
        StartBoard(far.PortPath);
        using var link = new HostLink(far, new LinkSettings(), TimeProvider.System, 79);
        link.Open();
        var probe = new LinkProbe(link, TimeProvider.System, 32);
        probe.MeasureRoundTrips(_while, default);

        KillBoard();
        StartBoard(far.PortPath);
        var loss = Assert.Throws<BenchException>(() => probe.MeasureRoundTrips(_while, default));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Layer, Is.EqualTo(BenchLayer.Board));
            Assert.That(loss.Message, Does.Contain("the board restarted"));
        }
    }

    private static void Converse(HostLink link, bool isBad)
    {
        link.Open();
        var probe = new LinkProbe(link, TimeProvider.System, 100);
        var roundTrips = probe.MeasureRoundTrips(_while, default);
        var throughput = probe.MeasureThroughput(_while, default);
        var counters = probe.BoardCounters();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(link.Board.Name, Is.EqualTo("firmware core on the host"));
            Assert.That(roundTrips, Is.Not.Empty);
            Assert.That(throughput, Is.GreaterThan(0));
            Assert.That(probe.Wrong, Is.Zero);
            Assert.That(counters, Has.Count.EqualTo(8));
            Assert.That(link.Counters.Repeated + counters![3] + link.Counters.Repetitions + counters[4], isBad ? Is.GreaterThan(0) : Is.GreaterThanOrEqualTo(0));
        }
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "HilBench.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("HilBench.sln");
        }

        return folder;
    }

    private void StartBoard(string path)
    {
        _board = Process.Start(new ProcessStartInfo(_program!, [path, "60"]) { RedirectStandardOutput = true })!;
        Assert.That(_board.StandardOutput.ReadLine(), Is.EqualTo("waits"));
    }
}
