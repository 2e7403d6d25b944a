using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab.Tests;

/// <summary>A value that leaves its window stops the run, power first.</summary>
public sealed class BoardGuardTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private static readonly BoardEntry _board = new("fpga-a", "", "serial:/dev/ttyUSB0")
    {
        Power = new PowerEntry { Relay = new LineEntry("/dev/gpiochip0", "relay", IsActiveLow: false), Settle = TimeSpan.Zero },
        Interval = TimeSpan.FromMilliseconds(1),
        Monitors =
        [
            new("12V", new Ina219Source("/dev/i2c-1", 0x40, 100_000), [new(MeasurementUnit.Millivolt, 11_400, 12_600)]),
            new("FPGA", new TelemetrySource(16), [new(MeasurementUnit.MilliCelsius, null, 85_000)]),
        ],
    };

    [Test]
    public void Sensor_outside_of_its_window_switches_the_relay_off_and_says_so()
    {
        var bench = new SimulatedBoard();
        bench.Sensors[0x40] = (MeasurementUnit.Millivolt, 12_000);
        using var guard = new BoardGuard(_board, bench, TimeProvider.System);
        guard.Start();

        bench.Sensors[0x40] = (MeasurementUnit.Millivolt, 12_601);
        var isStopped = guard.Stopped.WaitHandle.WaitOne(_patience);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isStopped, Is.True);
            Assert.That(bench.Switched, Is.EqualTo((string[])["relay off"]));
            Assert.That(guard.Reason!.Layer, Is.EqualTo(BenchLayer.Board));
            Assert.That(guard.Reason.What, Is.EqualTo("12V of fpga-a left its window: 12601 mV, allowed is 11400 mV to 12600 mV; the relay is off"));
            Assert.That(guard.IsPowerLeft, Is.False);
        }
    }

    [Test]
    public void Sensor_that_falls_silent_counts_as_a_value_outside()
    {
        var bench = new SimulatedBoard();
        using var guard = new BoardGuard(_board, bench, TimeProvider.System);

        guard.Start();
        guard.Stopped.WaitHandle.WaitOne(_patience);

        Assert.That(guard.Reason?.What, Does.StartWith("a sensor of fpga-a does not answer: nothing answers at 0x40").And.EndWith("the relay is off"));
    }

    [Test]
    public void Value_that_the_board_measured_is_judged_by_the_bench_file()
    {
        var bench = new SimulatedBoard();
        using var guard = new BoardGuard(_board with { Power = new PowerEntry { Settle = TimeSpan.Zero } }, bench, TimeProvider.System);

        guard.Hear(new TelemetryMessage([new Measurement(16, MeasurementUnit.MilliCelsius, 85_000)]));
        var before = guard.Reason;
        guard.Hear(new TelemetryMessage([new Measurement(16, MeasurementUnit.MilliCelsius, 85_001)]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.Null);
            Assert.That(guard.Reason?.What, Is.EqualTo("FPGA of fpga-a left its window: 85.001 °C, allowed is up to 85.0 °C"));
            Assert.That(guard.IsPowerLeft, Is.True, "there is no relay: the board's own rails are still on");
        }
    }

    [Test]
    public void Event_of_the_board_stops_the_run_too()
    {
        var bench = new SimulatedBoard();
        using var guard = new BoardGuard(_board, bench, TimeProvider.System);

        guard.Hear(new EventMessage(BoardEvent.OutsideWindow, 2, "3V3"));

        Assert.That((guard.Stopped.IsCancellationRequested, bench.Switched.Single()), Is.EqualTo((true, "relay off")));
    }

    [Test]
    public void Values_may_be_outside_until_the_rails_have_settled()
    {
        var bench = new SimulatedBoard();
        using var guard = new BoardGuard(_board with { Power = new PowerEntry { Settle = TimeSpan.FromHours(1) } }, bench, TimeProvider.System);

        guard.Hear(new TelemetryMessage([new Measurement(16, MeasurementUnit.MilliCelsius, 90_000)]));

        Assert.That(guard.Reason, Is.Null);
    }
}
