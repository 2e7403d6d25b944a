using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Lab.Tests;

/// <summary>Gear that is a command or a file of the kernel.</summary>
public sealed class GearTests
{
    [Test]
    public void Switch_by_commands_runs_the_one_for_on_and_the_one_for_off()
    {
        using var folder = new TemporaryFolder();
        using var line = new LinuxGearBox().OpenLine(new CommandEntry($"echo on >> {folder["log"]}", $"echo off >> {folder["log"]}"));

        line.Turn(isOn: true);
        line.Turn(isOn: false);

        Assert.That(File.ReadAllLines(folder["log"]), Is.EqualTo((string[])["on", "off"]));
    }

    [Test]
    public void Command_that_fails_is_told_with_what_it_said()
    {
        using var line = new LinuxGearBox().OpenLine(new CommandEntry("true", "echo no such outlet >&2; exit 4"));

        Assert.That(() => line.Turn(isOn: false), Throws.TypeOf<BenchException>()
            .With.Message.Contains("ended with exit code 4: no such outlet").And.Property("Layer").EqualTo(BenchLayer.Board));
    }

    [TestCase("in1_input", "11987", MeasurementUnit.Millivolt, 11_987)]
    [TestCase("curr1_input", "-850", MeasurementUnit.Milliampere, -850)]
    [TestCase("power1_average", "10189000", MeasurementUnit.Milliwatt, 10_189)]
    [TestCase("temp2_input", "41500", MeasurementUnit.MilliCelsius, 41_500)]
    public void Hardware_monitor_counts_in_the_units_of_the_kernel(string name, string text, MeasurementUnit unit, int value)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["hwmon3"]);
        File.WriteAllText(folder[$"hwmon3/{name}"], $"{text}\n");
        var bench = BenchFile.Read("bench.yaml", $$"""
            schema: hilbench.bench/1
            boards:
              a:
                carrier: tcp:127.0.0.1:1
                monitors: [{name: x, hwmon: "{{folder["hwmon*"]}}/{{name}}"}]
            """);

        using var sensor = new LinuxGearBox().OpenSensor(bench.Boards[0].Monitors[0].Source);

        Assert.That(sensor.Measure().Single(), Is.EqualTo((unit, value)));
    }

    // Worked examples of the data sheet (SBOS448, "Programming"): 12 V at 1 A and -0.5 A through 100 mOhm.
    [TestCase("5dc0", "2710", 12_000, 1000, 12_000)]
    [TestCase("5dc2", "ec78", 12_000, -500, -6000)]
    public void INA219_counts_4_mV_of_the_bus_and_10_uV_of_the_shunt(string bus, string shunt, int millivolts, int milliamperes, int milliwatts)
    {
        using var registers = new Registers { [2] = bus, [1] = shunt };
        using var sensor = new Ina219Sensor(registers, new Ina219Source("/dev/i2c-1", 0x40, 100_000));

        Assert.That(sensor.Measure(), Is.EqualTo(new (MeasurementUnit, int)[]
        {
            (MeasurementUnit.Millivolt, millivolts), (MeasurementUnit.Milliampere, milliamperes), (MeasurementUnit.Milliwatt, milliwatts),
        }));
    }

    // The data sheet's table: 125, 25, -0.5 and -55 degrees.
    [TestCase("7d00", 125_000)]
    [TestCase("1900", 25_000)]
    [TestCase("ff80", -500)]
    [TestCase("c900", -55_000)]
    public void LM75_counts_half_degrees_with_a_sign(string register, int milliCelsius)
    {
        using var registers = new Registers { [0] = register };
        using var sensor = new Lm75Sensor(registers, new Lm75Source("/dev/i2c-1", 0x48));

        Assert.That(sensor.Measure().Single(), Is.EqualTo((MeasurementUnit.MilliCelsius, milliCelsius)));
    }

    [Test]
    public void Chip_and_bus_that_are_not_there_are_named()
    {
        var box = new LinuxGearBox();

        Assert.That(() => box.OpenLine(new LineEntry("/dev/no-such-chip", "1", IsActiveLow: false)), Throws.TypeOf<BenchException>().With.Message.Contains("/dev/no-such-chip cannot be opened"));
        Assert.That(() => box.OpenSensor(new Lm75Source("/dev/no-such-bus", 0x48)), Throws.TypeOf<BenchException>().With.Message.Contains("/dev/no-such-bus cannot be opened"));
    }

    [Test]
    public void Monitor_that_is_not_there_is_named() => Assert.That(
        () => new LinuxGearBox().OpenSensor(new HwmonSource("/no/such/hwmon*/in1_input", MeasurementUnit.Millivolt, 1)),
        Throws.TypeOf<BenchException>().With.Message.Contains("there is no /no/such/hwmon*/in1_input"));

    /// <summary>A chip on a bus, as hexadecimal registers.</summary>
    private sealed class Registers : Dictionary<int, string>, II2cBus
    {
        public void ReadRegister(int address, byte register, Span<byte> bytes) => Convert.FromHexString(this[register]).CopyTo(bytes);

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
