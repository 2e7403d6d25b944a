using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab.Tests;

public sealed class BenchFileTests
{
    private const string Whole = """
        schema: hilbench.bench/1
        boards:
          fpga-a:
            about: the board on the left shelf
            carrier: serial:/dev/ttyUSB0?baud=3000000
            power:
              relay: {chip: /dev/gpiochip0, line: RELAY1, active: low}
              off: 1.5s
              up: 4s
              settle: 50ms
            perst: {chip: /dev/gpiochip0, line: 7}
            every: 250ms
            when-hung: power-cycle
            monitors:
              - name: 12V
                ina219: {bus: /dev/i2c-1, address: 0x41, shunt: 100mOhm}
                voltage: {min: 11.4V, max: 12600mV}
                current: {max: 2A}
              - name: FPGA
                telemetry: 3
                temperature: {min: -5C, max: 85C}
              - name: air
                lm75: {bus: /dev/i2c-1, address: 72}
          fpga-b:
            carrier: tcp:127.0.0.1:4711
        """;

    [Test]
    public void Board_has_carrier_relay_PERST_line_timing_and_monitors()
    {
        var board = BenchFile.Read("bench.yaml", Whole).Find("fpga-a");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((board.Name, board.About), Is.EqualTo(("fpga-a", "the board on the left shelf")));
            Assert.That(board.CarrierUri.Baud, Is.EqualTo(3_000_000));
            Assert.That(board.Power.Relay, Is.EqualTo(new LineEntry("/dev/gpiochip0", "RELAY1", IsActiveLow: true)));
            Assert.That(board.Perst, Is.EqualTo(new LineEntry("/dev/gpiochip0", "7", IsActiveLow: true)));
            Assert.That(board.Power.Off, Is.EqualTo(TimeSpan.FromSeconds(1.5)));
            Assert.That(board.Power.Up, Is.EqualTo(TimeSpan.FromSeconds(4)));
            Assert.That(board.Power.Settle, Is.EqualTo(TimeSpan.FromMilliseconds(50)));
            Assert.That(board.Interval, Is.EqualTo(TimeSpan.FromMilliseconds(250)));
            Assert.That(board.CyclesWhenHung, Is.True);
            Assert.That(board.Monitors.Select(monitor => monitor.Source), Is.EqualTo((MonitorSource[])
                [new Ina219Source("/dev/i2c-1", 0x41, 100_000), new TelemetrySource(3), new Lm75Source("/dev/i2c-1", 0x48)]));
            Assert.That(board.Monitors[0].Windows, Is.EqualTo((Window[])
                [new(MeasurementUnit.Millivolt, 11_400, 12_600), new(MeasurementUnit.Milliampere, null, 2000)]));
            Assert.That(board.Monitors[1].Windows, Is.EqualTo((Window[])[new(MeasurementUnit.MilliCelsius, -5000, 85_000)]));
        }
    }

    [Test]
    public void Board_with_a_carrier_only_switches_its_rails_and_PERST_by_itself_and_stops_when_hung()
    {
        var board = BenchFile.Read("bench.yaml", Whole).Find("fpga-b");

        Assert.That((board.Power.Relay, board.Perst, board.CyclesWhenHung, board.Monitors.Count), Is.EqualTo(((LineEntry?)null, (LineEntry?)null, false, 0)));
    }

    [Test]
    public void Board_that_is_not_there_is_answered_with_the_nearest_name()
    {
        var wrong = Assert.Throws<InputException>(() => BenchFile.Read("bench.yaml", Whole).Find("fgpa-a"));

        Assert.That(wrong!.Message, Is.EqualTo("bench.yaml: there is no board 'fgpa-a'. Did you mean 'fpga-a'?"));
    }

    // What is replaced in the file above, by what, and where the mistake is seen.
    [TestCase("schema: hilbench.bench/1", "schema: hilbench.bench/2", "1:9", "'hilbench.bench/2' is no schema")]
    [TestCase("schema: hilbench.bench/1", "", "2:1", "'schema' is missing")]
    [TestCase("  fpga-b:", "  7-b:", "24:3", "'7-b' is no name of a board")]
    [TestCase("carrier: tcp:127.0.0.1:4711", "carrier: 127.0.0.1:4711", "25:14", "")]
    [TestCase("carrier: tcp:127.0.0.1:4711", "carier: tcp:127.0.0.1:4711", "25:5", "unknown key 'carier'. Did you mean 'carrier'?")]
    [TestCase("    every: 250ms", "    evry: 250ms", "12:5", "unknown key 'evry'. Did you mean 'every'?")]
    [TestCase("every: 250ms", "every: 250", "12:12", "'250' is not possible for 'every'. Write a number with its unit")]
    [TestCase("off: 1.5s", "off: 0s", "8:12", "'off' must be more than zero")]
    [TestCase("when-hung: power-cycle", "when-hung: powercycle", "13:16", "Did you mean 'power-cycle'?")]
    [TestCase("active: low", "active: lo", "7:59", "Did you mean 'low'?")]
    [TestCase("line: 7", "lime: 7", "11:35", "unknown key 'lime'. Did you mean 'line'?")]
    [TestCase("address: 0x41", "address: 0x50", "16:44", "Write a whole number from 64 to 79.")]
    [TestCase("shunt: 100mOhm", "shunt: 0mOhm", "16:57", "a shunt of 0 measures nothing")]
    [TestCase("shunt: 100mOhm", "shunt: 100", "16:57", "1uOhm, 1mOhm, 1Ohm")]
    [TestCase("telemetry: 3", "telemetry: 256", "20:20", "Write a whole number from 0 to 255.")]
    [TestCase("min: -5C", "min: 86C", "21:28", "nothing fits into this window")]
    [TestCase("{max: 2A}", "{}", "18:18", "a window has a bound")]
    [TestCase("        telemetry: 3\n", "", "19:15", "a monitor has one source")]
    [TestCase("telemetry: 3", "telemetry: 3\n        lm75: {bus: /dev/i2c-1, address: 72}", "21:15", "a monitor has one source")]
    [TestCase("name: FPGA", "name: 12V", "19:15", "there are two monitors named '12V'")]
    [TestCase("    perst: {chip", "   perst: {chip", "11:", "this is not YAML")]
    [TestCase("    perst: {chip", "    perst: {[chip", "1:1", "this is not YAML")]
    public void Mistake_is_named_with_file_line_and_column(string right, string wrong, string place, string what)
    {
        Assert.That(Whole.Contains(right, StringComparison.Ordinal), Is.True);

        var error = Assert.Throws<InputException>(() => BenchFile.Read("bench.yaml", Whole.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.That(error!.Message, Does.StartWith($"bench.yaml:{place}").And.Contain(what));
    }

    [Test]
    public void Window_holds_its_bounds_and_nothing_beyond()
    {
        var window = new Window(MeasurementUnit.Millivolt, 11_400, 12_600);

        Assert.That(((int[])[11_399, 11_400, 12_600, 12_601]).Select(window.Holds), Is.EqualTo((bool[])[false, true, true, false]));
    }

    [Test]
    public void File_that_is_not_there_is_wrong_input() =>
        Assert.That(() => BenchFile.Load("/no/such/bench.yaml"), Throws.TypeOf<InputException>().With.Message.StartsWith("/no/such/bench.yaml: the bench file cannot be read"));
}
