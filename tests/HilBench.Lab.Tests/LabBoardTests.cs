using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab.Tests;

/// <summary>Power, PERST# and measured values, by the gear of a bench file and by the board itself.</summary>
public sealed class LabBoardTests
{
    private static readonly LineEntry _relay = new("/dev/gpiochip0", "relay", IsActiveLow: false);
    private static readonly LineEntry _perst = new("/dev/gpiochip0", "perst", IsActiveLow: true);
    private static readonly BoardEntry _bare = new("fpga-a", "", "serial:/dev/ttyUSB0");

    private static readonly PowerEntry _quick = new()
    {
        Off = TimeSpan.FromMilliseconds(1),
        Settle = TimeSpan.FromMilliseconds(1),
        Up = TimeSpan.FromSeconds(20),
    };

    [Test]
    public void Power_on_without_a_relay_brings_rails_clock_and_PERST_up_on_the_board()
    {
        var bench = new SimulatedBoard();
        using var board = bench.Open(_bare);

        board.PowerOn();

        Assert.That(bench.Sim.IsDeviceUp, Is.True);
    }

    [Test]
    public void Power_off_without_a_relay_takes_the_rails_down_on_the_board()
    {
        var bench = new SimulatedBoard(settings: new BoardSimSettings { StartsPowered = true });
        using var board = bench.Open(_bare);

        board.PowerOff();

        Assert.That(board.Control.ReadState() is { IsPowered: false, IsPerstReleased: false }, Is.True);
    }

    [Test]
    public void Power_cycle_works_the_relay_off_then_on_and_waits_for_the_board()
    {
        var bench = new SimulatedBoard(settings: new BoardSimSettings { StartsPowered = true });
        using var board = bench.Open(_bare with { Power = _quick with { Relay = _relay } });

        board.PowerCycle();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Switched, Is.EqualTo((string[])["relay off", "relay on"]));
            Assert.That(bench.Sim.IsDeviceUp, Is.True);
        }
    }

    [Test]
    public void Relay_is_switched_off_without_asking_a_board_that_does_not_answer()
    {
        var bench = new SimulatedBoard { IsAlive = false };
        using var board = bench.Open(_bare with { Power = _quick with { Relay = _relay } });
        var before = bench.Time.NowUs;

        board.PowerOff();

        Assert.That((bench.Switched.Single(), bench.Time.NowUs), Is.EqualTo(("relay off", before)));
    }

    [Test]
    public void Board_whose_rail_does_not_come_up_is_not_left_under_power()
    {
        var bench = new SimulatedBoard();
        bench.Sim.NeverGood.Add(1);
        using var board = bench.Open(_bare with { Power = _quick with { Relay = _relay } });

        var failure = Assert.Throws<BenchException>(board.PowerOn);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure!.Layer, Is.EqualTo(BenchLayer.Board));
            Assert.That(bench.Switched, Is.EqualTo((string[])["relay on", "relay off"]));
        }
    }

    [Test]
    public void Board_that_nothing_can_switch_is_told_from_one_that_fails()
    {
        var bench = new SimulatedBoard(BoardFeatures.Device);
        using var board = bench.Open(_bare);

        Assert.That(board.PowerOn, Throws.TypeOf<BenchException>().With.Message.Contains("nothing switches the power of fpga-a"));
        Assert.That(board.PowerOff, Throws.TypeOf<BenchException>().With.Message.Contains("nothing switches the power of fpga-a"));
    }

    [Test]
    public void Reset_uses_the_line_of_the_bench_file_first()
    {
        var bench = new SimulatedBoard();
        using var board = bench.Open(_bare with { Perst = _perst });

        board.Reset();

        Assert.That(bench.Switched, Is.EqualTo((string[])["perst on", "perst off"]));
    }

    [Test]
    public void Reset_without_a_line_lets_the_board_drive_PERST()
    {
        var bench = new SimulatedBoard(settings: new BoardSimSettings { StartsPowered = true });
        var resets = 0;
        bench.Sim.PerstAsserted = () => resets++;
        using var board = bench.Open(_bare);

        board.Reset();

        Assert.That((resets, bench.Sim.IsDeviceUp), Is.EqualTo((1, true)));
    }

    [Test]
    public void Reset_of_a_board_without_PERST_goes_by_the_link()
    {
        var bench = new SimulatedBoard(BoardFeatures.Device);
        byte[]? asked = null;
        bench.Answer = request =>
        {
            asked = request;
            return [request[0], (byte)ReplyStatus.Done, 0, 0, 0, 0, 0, 0, 0];
        };
        using var board = bench.Open(_bare);

        board.Reset();

        Assert.That(asked, Is.EqualTo((byte[])[(byte)BoardOperation.Reset, 1, 0]), "epoch 1, fundamental");
    }

    [Test]
    public void Values_have_the_names_and_windows_of_the_bench_file()
    {
        var bench = new SimulatedBoard(settings: new BoardSimSettings { StartsPowered = true });
        bench.Sensors[0x40] = (MeasurementUnit.Millivolt, 12_700);
        using var board = bench.Open(_bare with
        {
            Monitors =
            [
                new("12V", new Ina219Source("/dev/i2c-1", 0x40, 100_000), [new(MeasurementUnit.Millivolt, 11_400, 12_600)]),
                new("FPGA", new TelemetrySource(16), [new(MeasurementUnit.MilliCelsius, null, 85_000)]),
            ],
        });

        var readings = board.Measure();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(readings.Single(reading => reading.Monitor == "12V").Left, Is.EqualTo(new Window(MeasurementUnit.Millivolt, 11_400, 12_600)));
            Assert.That(readings.Single(reading => reading.Monitor == "FPGA"), Is.EqualTo(new Reading("FPGA", MeasurementUnit.MilliCelsius, 41_000, Left: null)));
            Assert.That(readings.Select(reading => reading.Monitor), Does.Contain("channel 0"), "what the bench file does not name");
        }
    }
}
