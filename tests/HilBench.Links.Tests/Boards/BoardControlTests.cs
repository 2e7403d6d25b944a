using HilBench.Journal;
using HilBench.Links.Contract;

namespace HilBench.Links.Tests.Boards;

/// <summary>Power, PERST#, reference clock, measured values and faults of a board, asked for over the link.</summary>
public sealed class BoardControlTests
{
    [Test]
    public void Board_starts_with_rails_and_clock_off_and_PERST_low()
    {
        using var bench = new ControlledBench();

        var state = bench.Control.ReadState();

        Assert.That(state with { Uptime = default }, Is.EqualTo(
            new BoardState(false, false, false, IsDevicePresent: true, BoardEvent.None, default)));
    }

    [Test]
    public void Rails_come_up_one_after_the_other()
    {
        using var bench = new ControlledBench();
        var start = bench.Time.NowUs;

        bench.Control.SetPower(isOn: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Time.NowUs - start, Is.InRange(7_000, 9_000), "2, 2 and 3 ms to rise");
            Assert.That(bench.Control.ReadState().IsPowered, Is.True);
            Assert.That(bench.Control.ReadState().IsPerstReleased, Is.False);
        }
    }

    [Test]
    public void PERST_is_released_100_ms_after_power_is_good()
    {
        using var bench = new ControlledBench();
        bench.Control.SetPower(isOn: true);
        var start = bench.Time.NowUs;
        bench.Control.SetReferenceClock(isOn: true);

        bench.Control.SetPerst(isReleased: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Time.NowUs - start, Is.InRange(99_000, 200_000)); // the host asks again at up to 80 ms
            Assert.That(bench.Control.ReadState().IsPerstReleased, Is.True);
            Assert.That(bench.Board.IsDeviceUp, Is.True);
        }
    }

    [TestCase(false, false, "the rails are off")]
    [TestCase(true, false, "the reference clock is off")]
    public void PERST_is_not_released_without_power_and_clock(bool isPowered, bool isClocked, string why)
    {
        using var bench = new ControlledBench();
        bench.Control.SetPower(isPowered);
        if (isClocked)
        {
            bench.Control.SetReferenceClock(isOn: true);
        }

        var refusal = Assert.Throws<BenchException>(() => bench.Control.SetPerst(isReleased: true));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refusal.Layer, Is.EqualTo(BenchLayer.Board));
            Assert.That(refusal.Message, Does.Contain($"refuses PERST in its present state: {why}"));
            Assert.That(bench.Control.ReadState().IsPerstReleased, Is.False);
        }
    }

    [Test]
    public void Reference_clock_is_not_sent_into_a_device_without_power()
    {
        using var bench = new ControlledBench();

        Assert.That(() => bench.Control.SetReferenceClock(isOn: true), Throws.TypeOf<BenchException>().With.Message.Contains("the rails are off"));
        Assert.That(bench.Control.ReadState().IsReferenceClockOn, Is.False);
    }

    [Test]
    public void Whatever_goes_off_takes_PERST_low_first([Values] bool power)
    {
        using var bench = new ControlledBench(settings: new() { StartsPowered = true });
        var asserted = 0;
        bench.Board.PerstAsserted = () => asserted++;

        if (power)
        {
            bench.Control.SetPower(isOn: false);
        }
        else
        {
            bench.Control.SetReferenceClock(isOn: false);
        }

        var state = bench.Control.ReadState();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(asserted, Is.EqualTo(1));
            Assert.That((state.IsPowered, state.IsPerstReleased, state.IsReferenceClockOn), Is.EqualTo((!power, false, false)));
        }
    }

    [Test]
    public void Rail_that_is_not_good_in_time_switches_all_off_and_is_named()
    {
        using var bench = new ControlledBench();
        bench.Board.NeverGood.Add(1);

        var failure = Assert.Throws<BenchException>(() => bench.Control.SetPower(isOn: true));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure.Message, Does.Contain("POWER failed on the board: 1V8 was not good in time"));
            Assert.That(bench.Listen(5), Is.EqualTo(new[] { new EventMessage(BoardEvent.PowerGoodTimeout, 1, "1V8 was not good in time") }));
            Assert.That(bench.Control.ReadState(), Has.Property("IsPowered").False.And.Property("Fault").EqualTo(BoardEvent.PowerGoodTimeout));
            Assert.That(bench.Control.ReadFaults(), Has.Count.EqualTo(1).And.One.Property("Text").EqualTo("1V8 was not good in time"));
        }
    }

    [Test]
    public void Values_are_measured_once([Values] bool power)
    {
        using var bench = new ControlledBench(settings: new() { StartsPowered = power });

        var measured = bench.Control.Measure();

        Assert.That(measured.Values, Is.EqualTo(new Measurement[]
        {
            new(0, MeasurementUnit.Millivolt, power ? 1000 : 0),
            new(1, MeasurementUnit.Millivolt, power ? 1800 : 0),
            new(2, MeasurementUnit.Millivolt, power ? 3300 : 0),
            new(16, MeasurementUnit.MilliCelsius, 41_000),
        }));
        Assert.That(bench.Listen(200), Is.Empty, "it goes on");
    }

    [Test]
    public void Values_come_in_the_interval_that_was_asked_for_until_they_are_ended()
    {
        using var bench = new ControlledBench();

        bench.Control.MeasureEvery(TimeSpan.FromMilliseconds(50));
        var during = bench.Listen(1000).OfType<TelemetryMessage>().Count();
        bench.Control.MeasureEvery(TimeSpan.Zero);
        bench.Listen(60);
        var after = bench.Listen(1000).OfType<TelemetryMessage>().Count();

        Assert.That((during, after), Is.EqualTo((20, 0)).Or.EqualTo((21, 0)));
    }

    [Test]
    public void Measured_values_end_with_the_session()
    {
        using var bench = new ControlledBench();
        bench.Control.MeasureEvery(TimeSpan.FromMilliseconds(50));

        bench.Control.Reboot(TimeSpan.FromSeconds(5));
        while (bench.Control.TryTake(out _))
        {
            // Those of the session before.
        }

        Assert.That(bench.Listen(1000), Is.Empty);
    }

    [Test]
    public void Rails_come_up_again_after_one_was_not_good_in_time()
    {
        using var bench = new ControlledBench();
        bench.Board.NeverGood.Add(1);
        Assert.Throws<BenchException>(() => bench.Control.SetPower(isOn: true));
        bench.Board.NeverGood.Clear();
        var start = bench.Time.NowUs;

        bench.Control.SetPower(isOn: true);

        Assert.That(bench.Time.NowUs - start, Is.InRange(7_000, 9_000), "from the first rail");
    }

    [Test]
    public void Rail_that_leaves_its_window_switches_all_off([Values(949, 1051)] int millivolts)
    {
        using var bench = new ControlledBench(settings: new() { StartsPowered = true });
        bench.Board.Measured[0] = millivolts;

        var heard = bench.Listen(10);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(heard, Is.EqualTo(new[] { new EventMessage(BoardEvent.OutsideWindow, 0, $"1V0 is at {millivolts} mV") }));
            Assert.That(bench.Control.ReadState(), Has.Property("IsPowered").False.And.Property("Fault").EqualTo(BoardEvent.OutsideWindow));
        }
    }

    [Test]
    public void Rail_at_the_edge_of_its_window_is_good([Values(950, 1050)] int millivolts)
    {
        using var bench = new ControlledBench(settings: new() { StartsPowered = true });
        bench.Board.Measured[0] = millivolts;

        Assert.That(bench.Listen(10), Is.Empty);
        Assert.That(bench.Control.ReadState().IsPowered, Is.True);
    }

    [Test]
    public void Board_that_is_too_hot_switches_off_and_refuses_to_go_on_until_it_is_cool()
    {
        using var bench = new ControlledBench(settings: new() { StartsPowered = true });
        bench.Board.MilliCelsius = 86_000;

        var heard = bench.Listen(10);
        var refusal = Assert.Throws<BenchException>(() => bench.Control.SetPower(isOn: true));
        bench.Board.MilliCelsius = 60_000;
        bench.Control.SetPower(isOn: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(heard, Is.EqualTo(new[] { new EventMessage(BoardEvent.OutsideWindow, 16, "it is at 86 degrees") }));
            Assert.That(refusal.Message, Does.Contain("it is too hot"));
            Assert.That(bench.Control.ReadState().Fault, Is.EqualTo(BoardEvent.None), "it is over");
        }
    }

    [Test]
    public void Faults_are_told_newest_first_until_they_are_forgotten()
    {
        using var bench = new ControlledBench();
        for (byte rail = 0; rail < 3; rail++)
        {
            bench.Board.NeverGood.Add(rail);
            Assert.Throws<BenchException>(() => bench.Control.SetPower(isOn: true));
            bench.Board.NeverGood.Clear();
        }

        var faults = bench.Control.ReadFaults();
        bench.Control.ForgetFaults();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(faults.Select(fault => fault.Text[..3]), Is.EqualTo(new[] { "3V3", "1V8", "1V0" }));
            Assert.That(faults.Select(fault => fault.Uptime), Is.Ordered.Descending);
            Assert.That(bench.Control.ReadFaults(), Is.Empty);
            Assert.That(bench.Control.ReadState().Fault, Is.EqualTo(BoardEvent.None));
        }
    }

    [Test]
    public void Self_test_says_which_tests_passed()
    {
        using var bench = new ControlledBench();

        Assert.That(bench.Control.SelfTest(), Is.EqualTo(new SelfTestResult(0x1f, 0)).And.Property("IsGood").True);
    }

    [Test]
    public void Reboot_switches_off_forgets_the_session_and_opens_another([Values(0, 10)] int alteredPerMille, [Values(1UL, 2UL, 3UL)] ulong seed)
    {
        using var bench = new ControlledBench(new CableFaults { AlteredPerMille = alteredPerMille }, seed);
        bench.Control.SetPower(isOn: true);
        bench.Listen(5000);

        bench.Control.Reboot(TimeSpan.FromSeconds(5));

        var state = bench.Control.ReadState();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(state.IsPowered, Is.False);
            Assert.That(state.Uptime, Is.LessThan(TimeSpan.FromSeconds(5)));
        }
    }

    [Test]
    public void Bite_of_the_watchdog_is_in_the_fault_log_and_said_in_the_next_session()
    {
        using var bench = new ControlledBench();
        bench.Board.BiteWatchdog();
        var loss = Assert.Throws<BenchException>(() => bench.Control.ReadState());

        bench.Control.Reboot(TimeSpan.FromSeconds(1)); // a board that went away by itself is opened again in the same way

        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Layer, Is.EqualTo(BenchLayer.Board));
            Assert.That(loss.Message, Does.Contain("the board restarted"));
            Assert.That(bench.Control.ReadFaults(), Has.One.Property("What").EqualTo(BoardEvent.WatchdogBit));
        }
    }

    [Test]
    public void Device_that_is_pulled_out_is_said()
    {
        using var bench = new ControlledBench();
        bench.Board.IsDevicePresent = false;

        var heard = bench.Listen(10);

        Assert.That(heard, Is.EqualTo(new[] { new EventMessage(BoardEvent.PresenceChanged, 0, "the device went away") }));
        Assert.That(bench.Control.ReadState().IsDevicePresent, Is.False);
    }

    [Test]
    public void Board_without_board_control_is_told_from_one_that_fails()
    {
        using var bench = new ControlledBench(features: BoardFeatures.Echo);

        Assert.That(() => bench.Control.SetPower(isOn: true), Throws.TypeOf<BenchException>().With.Message.Contains("bench board does not offer Control, which Power needs"));
    }

    [Test]
    public void Orders_are_carried_out_once_on_a_bad_cable([Values(1UL, 2UL, 3UL, 4UL)] ulong seed)
    {
        using var bench = new ControlledBench(new CableFaults { AlteredPerMille = 10, LostPerMille = 20, DoubledPerMille = 50 }, seed);
        var asserted = 0;
        bench.Control.SetPower(isOn: true);
        bench.Control.SetReferenceClock(isOn: true);
        bench.Board.PerstAsserted = () => asserted++;

        for (var i = 0; i < 20; i++)
        {
            bench.Control.SetPerst(isReleased: true);
            bench.Control.SetPerst(isReleased: false);
        }

        Assert.That(asserted, Is.EqualTo(20));
    }
}
