using System.Text.Json;
using System.Text.RegularExpressions;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.System.Tests;

/// <summary>Host, pseudo serial port, bridge firmware in QEMU, socket, simulated board: as a person would use it.</summary>
[NonParallelizable]
public sealed partial class FirmwareChainTests
{
    private static readonly string[] _cables = ["0", "10"]; // altered bytes of 1000, on each of the two lines
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [OneTimeSetUp]
    public static void NeedTools() => FirmwareChain.IgnoreWithoutTools();

    [TestCaseSource(nameof(_cables))]
    public void Smoke_suite_through_the_bridge_gives_the_same_result_as_in_process(string noise)
    {
        using var chain = new FirmwareChain("--noise", noise);

        var far = Scenarios(chain.Uri);

        Assert.That(far, Is.EqualTo(Scenarios("model:")));
    }

    [TestCaseSource(nameof(_cables))]
    public void Smoke_suite_through_bridge_and_bit_level_UART_gives_the_same_result_as_in_process(string noise)
    {
        FirmwareChain.IgnoreWithout(Path.Combine("out", "hdl", "hilbench_uart_sim"));
        using var chain = new FirmwareChain("--noise", noise, "--device", "rtl-uart:");

        // The device's clock is the board's own here: the cycles are not those of a run in process.
        Assert.That(Scenarios(chain.Uri, withCycles: false), Is.EqualTo(Scenarios("rtl:", withCycles: false)));
    }

    // Some 120,000 requests of a few milliseconds each: make chain-test.
    [Explicit("ten minutes and more, and it needs a machine that is not busy")]
    [TestCaseSource(nameof(_cables))]
    public void Conformance_suite_through_bridge_and_bit_level_UART_gives_the_same_verdicts_as_in_process(string noise)
    {
        FirmwareChain.IgnoreWithout(Path.Combine("out", "hdl", "hilbench_uart_sim"));
        using var chain = new FirmwareChain("--noise", noise, "--device", "rtl-uart:", "--seconds", "7200");

        Assert.That(
            Scenarios($"{chain.Uri}?baud=3000000", withCycles: false, "conformance"), Is.EqualTo(Scenarios("rtl:", withCycles: false, "conformance")));
    }

    [Test]
    public void Firmware_as_it_runs_on_a_board_passes_messages_on_and_refuses_to_switch_what_it_cannot_measure()
    {
        using var chain = new FirmwareChain("--unmodified");

        Assert.That(Scenarios(chain.Uri), Is.EqualTo(Scenarios("model:")));
        using var link = Open(chain);
        Assert.That(
            () => new BoardControl(link, TimeProvider.System).SetPower(isOn: true),
            Throws.TypeOf<BenchException>().With.Message.Contains("temperature is outside of its window"));
    }

    [Test]
    public void Rails_clock_and_PERST_are_switched_in_order_on_the_pins()
    {
        using var chain = new FirmwareChain("--trace");
        using (var link = Open(chain))
        {
            var control = new BoardControl(link, TimeProvider.System);
            control.SetPower(isOn: true);
            control.SetReferenceClock(isOn: true);
            control.SetPerst(isReleased: true);
            control.SetPower(isOn: false);
        }

        // GPIOC, BSRR: bits 0 to 2 rails, 3 PERST#, 4 clock; 16 higher: off.
        Assert.That(string.Join(' ', PinsOf(chain.Trace).TakeLast(10)), Is.EqualTo("+0 +1 +2 +4 +3 -3 -4 -2 -1 -0"));
    }

    [Test]
    public void Board_control_of_the_firmware_answers_like_the_simulated_one()
    {
        using var chain = new FirmwareChain();
        using var link = Open(chain);
        var control = new BoardControl(link, TimeProvider.System);

        control.SetPower(isOn: true);
        var state = control.ReadState();
        var measured = control.Measure();
        var tests = control.SelfTest();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(link.Board.Features, Is.EqualTo(BoardSim.Features | BoardFeatures.Bridge | BoardFeatures.Counters | BoardFeatures.Echo));
            Assert.That((state.IsPowered, state.IsPerstReleased, state.IsDevicePresent), Is.EqualTo((true, false, true)));
            Assert.That(measured.Values, Is.EqualTo(new Measurement[]
            {
                new(0, MeasurementUnit.Millivolt, 1000),
                new(1, MeasurementUnit.Millivolt, 1800),
                new(2, MeasurementUnit.Millivolt, 3300),
                new(16, MeasurementUnit.MilliCelsius, 41_000),
            }));
            Assert.That(tests, Is.EqualTo(new SelfTestResult(0x1f, 0)));
        }
    }

    [Test]
    public void Rail_without_power_good_is_named_and_stays_in_the_fault_log_over_a_reboot()
    {
        using var chain = new FirmwareChain();
        using var link = Open(chain);
        var control = new BoardControl(link, TimeProvider.System);
        chain.Tell("good 1 0");

        var failure = Assert.Throws<BenchException>(() => control.SetPower(isOn: true));
        control.Reboot(TimeSpan.FromSeconds(20));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure.Message, Does.Contain("POWER failed on the board: 1V8 was not good in time"));
            Assert.That(control.ReadFaults(), Has.Count.EqualTo(1).And.One.Property("What").EqualTo(BoardEvent.PowerGoodTimeout));
            Assert.That(control.ReadState(), Has.Property("IsPowered").False);
        }
    }

    [Test]
    public void Heat_in_the_middle_of_a_run_switches_off_and_ends_it_with_the_board_named()
    {
        using var chain = new FirmwareChain();
        using (var link = Open(chain))
        {
            new BoardControl(link, TimeProvider.System).SetPower(isOn: true);
        }

        ExpectEnd(chain, () => chain.Tell("temp 99000"), "Board: .*a rail or temperature left its window, the rails are off .temperature is at 99000");
    }

    [Test]
    public void Watchdog_that_bites_in_the_middle_of_a_run_ends_it_with_the_board_named()
    {
        using var chain = new FirmwareChain();

        ExpectEnd(chain, () => chain.Tell("hang"), "Board: .*the board restarted");

        chain.Await("start 2, the watchdog bit");
        using var link = Open(chain);
        Assert.That(new BoardControl(link, TimeProvider.System).ReadFaults(), Has.One.Property("Text").StartsWith("the watchdog bit at 0x8"));
    }

    [Test]
    public void Board_that_restarts_in_the_middle_of_a_run_ends_it_with_the_board_named()
    {
        using var chain = new FirmwareChain();

        ExpectEnd(chain, () => chain.Tell("crash"), "Board: .*the board restarted");

        chain.Await("start 2, processor exception");
    }

    [Test]
    public void Lost_link_behind_the_bridge_ends_a_run_with_the_board_named()
    {
        using var chain = new FirmwareChain();

        ExpectEnd(chain, chain.EndBoardBehind, "Board: .*the bridge lost the link to the device's board|Board: .*what lies behind the bridge does not answer");
    }

    [Test]
    public void Other_protocol_version_behind_the_bridge_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.That(SocketAddress.TryParse($"unix:{folder["old"]}", out var address, out _), Is.True);
        using var listener = SocketListener.Open(address!);
        using var over = new CancellationTokenSource();
        var refuser = Task.Run(() => RefuseEverybody(listener, over.Token));
        using var chain = new FirmwareChain("--behind", folder["old"]);

        var answer = Hilbench.Run("run", "--suite", "smoke", "--device", chain.Uri, "--quiet");
        over.Cancel();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ExitCode, Is.EqualTo(3));
            Assert.That(answer.Error, Does.Match("Board: .*what lies behind speaks another protocol version"));
            Assert.That(refuser.Wait(_patience), Is.True);
        }
    }

    private static HostLink Open(FirmwareChain chain)
    {
        Assert.That(CarrierUri.TryParse(chain.Uri, out var uri, out _), Is.True);
        var link = new HostLink(uri!.Open(), new LinkSettings { TakesOver = true }, TimeProvider.System, session: 4711);
        link.Open();
        return link;
    }

    /// <summary>A run that would take minutes; what happens in its middle ends it with exit code 3 and these words.</summary>
    private static void ExpectEnd(FirmwareChain chain, Action happen, string words)
    {
        var run = Task.Run(() => Hilbench.Run("run", "--suite", "stress", "--minutes", "5", "--device", chain.Uri, "--quiet"));
        chain.Await("256 requests passed on", run);
        Assert.That(run.IsCompleted, Is.False, "the run ended by itself");

        happen();
        var isOver = run.Wait(_patience);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isOver, Is.True, "it hangs");
            Assert.That(run.Result.ExitCode, Is.EqualTo(3));
            Assert.That(run.Result.Out + run.Result.Error, Does.Match(words));
        }
    }

    private static void RefuseEverybody(SocketListener listener, CancellationToken over)
    {
        using var carrier = new ListeningCarrier(listener);
        var reader = new FrameReader(LinkLimits.MaxPayload);
        var bytes = new byte[1024];
        var wire = new byte[LinkLimits.MaxWire];
        var refusal = Convert.FromHexString("48494c42" + "0203" + "0100" + "00000000"); // versions 2 to 3, reason 1
        while (!over.IsCancellationRequested)
        {
            ReadOnlySpan<byte> came = bytes.AsSpan(0, carrier.Read(bytes, Deadline.After(TimeProvider.System, TimeSpan.FromMilliseconds(50))));
            while (reader.TryRead(ref came, out var isGood, out var header, out _))
            {
                if (isGood && header.Kind == FrameKind.Hello)
                {
                    var length = new FrameWriter().Write(new FrameHeader(FrameKind.Refuse, 0, 0, 0, header.Session), refusal, wire);
                    carrier.Write(wire.AsSpan(0, length), Deadline.After(TimeProvider.System, _patience));
                }
            }
        }
    }

    /// <summary>What was written to the set and reset register of GPIOC: +pin or -pin.</summary>
    private static IEnumerable<string> PinsOf(string trace) => PinWrite().Matches(trace).Select(match =>
    {
        var bits = Convert.ToUInt32(match.Groups["value"].Value, 16);
        var pin = (int)uint.TrailingZeroCount(bits);
        return pin < 16 ? $"+{pin}" : $"-{pin - 16}";
    });

    [GeneratedRegex(@"GPIOC: unimplemented device write \(size 4, offset 0x018, value 0x(?<value>[0-9a-f]+)\)")]
    private static partial Regex PinWrite();

    // Everything that does not depend on the clock on the wall.
    private static string Scenarios(string device, bool withCycles = true, string suite = "smoke")
    {
        var answer = Hilbench.RunWithin(TimeSpan.FromHours(2), [], "run", "--suite", suite, "--device", device, "--json", "-");
        Assert.That(answer.ExitCode, Is.Zero, answer.Error.Length > 0 ? answer.Error : answer.Out);
        using var json = JsonDocument.Parse(answer.Out);
        return string.Join('\n', json.RootElement.GetProperty("scenarios").EnumerateArray().Select(scenario =>
            $"{scenario.GetProperty("name")} {scenario.GetProperty("verdict")} {scenario.GetProperty("transactions")} {(withCycles ? scenario.GetProperty("cycles") : "")}"));
    }
}
