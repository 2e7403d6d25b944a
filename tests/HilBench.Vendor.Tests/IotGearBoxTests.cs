using System.Device.Gpio;
using System.Device.I2c;
using HilBench.Journal;
using HilBench.Lab;
using HilBench.Links;
using HilBench.Vendor.IotDevices;

namespace HilBench.Vendor.Tests;

/// <summary>The adapter to Iot.Device.Bindings and System.Device.Gpio, over stubs of the packages: what HilBench.Lab's own gear does.</summary>
[NonParallelizable]
public sealed class IotGearBoxTests
{
    private const int IoDirA = 0x00;
    private const int IoDirB = 0x01;
    private const int GpioB = 0x13;
    private const int LatchA = 0x14;
    private const int LatchB = 0x15;

    private readonly IotGearBox _box = new();

    [SetUp]
    public void Unplug()
    {
        GpioController.Lines.Clear();
        I2cDevice.Registers.Clear();
    }

    // Worked examples of the data sheet (SBOS448, "Programming"): 12 V at 1 A and -0.5 A through 100 mOhm.
    [TestCase(0x5dc0, 0x2710, 12_000, 1000, 12_000)]
    [TestCase(0x5dc2, 0xec78, 12_000, -500, -6000)]
    public void INA219_counts_4_mV_of_the_bus_and_10_uV_of_the_shunt(int bus, int shunt, int millivolts, int milliamperes, int milliwatts)
    {
        I2cDevice.Registers[(1, 0x40, 2)] = bus;
        I2cDevice.Registers[(1, 0x40, 1)] = shunt;
        using var sensor = _box.OpenSensor(new Ina219Source("/dev/i2c-1", 0x40, 100_000));

        Assert.That(sensor.Measure(), Is.EqualTo(new (MeasurementUnit, int)[]
        {
            (MeasurementUnit.Millivolt, millivolts), (MeasurementUnit.Milliampere, milliamperes), (MeasurementUnit.Milliwatt, milliwatts),
        }));
    }

    // The data sheet's table: 125, 25, -0.5 and -55 degrees.
    [TestCase(0x7d00, 125_000)]
    [TestCase(0x1900, 25_000)]
    [TestCase(0xff80, -500)]
    [TestCase(0xc900, -55_000)]
    public void LM75_counts_half_degrees_with_a_sign(int register, int milliCelsius)
    {
        I2cDevice.Registers[(12, 0x48, 0)] = register;
        using var sensor = _box.OpenSensor(new Lm75Source("/dev/i2c-12", 0x48));

        Assert.That(sensor.Measure().Single(), Is.EqualTo((MeasurementUnit.MilliCelsius, milliCelsius)));
    }

    [Test]
    public void Opening_a_line_changes_no_level_and_switching_makes_it_an_output([Values] bool isActiveLow)
    {
        GpioController.Lines[(0, 7)] = (PinMode.Input, PinValue.High);
        using var line = _box.OpenLine(new LineEntry("/dev/gpiochip0", "7", isActiveLow));
        var opened = (GpioController.Lines[(0, 7)], line.Read());

        line.Turn(isOn: true);
        var on = (GpioController.Lines[(0, 7)], line.Read());
        line.Turn(isOn: false);
        var off = (GpioController.Lines[(0, 7)], line.Read());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(opened, Is.EqualTo(((PinMode.Input, PinValue.High), (bool?)!isActiveLow)));
            Assert.That(on, Is.EqualTo(((PinMode.Output, isActiveLow ? PinValue.Low : PinValue.High), (bool?)true)));
            Assert.That(off, Is.EqualTo(((PinMode.Output, isActiveLow ? PinValue.High : PinValue.Low), (bool?)false)));
        }
    }

    [Test]
    public void Line_of_an_MCP23017_is_switched_by_its_own_bit_and_no_other()
    {
        foreach (var (register, value) in new[] { (IoDirA, 0xff), (IoDirB, 0xff), (GpioB, 0x04), (LatchA, 0x00), (LatchB, 0x81) })
        {
            I2cDevice.Registers[(1, 0x21, register)] = value;
        }

        using var line = _box.OpenLine(new LineEntry("mcp23017:/dev/i2c-1:0x21", "10", IsActiveLow: false));

        line.Turn(isOn: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(line.Read(), Is.True);
            Assert.That(I2cDevice.Registers[(1, 0x21, LatchB)], Is.EqualTo(0x85));
            Assert.That(I2cDevice.Registers[(1, 0x21, IoDirB)], Is.EqualTo(0xfb));
            Assert.That((I2cDevice.Registers[(1, 0x21, LatchA)], I2cDevice.Registers[(1, 0x21, IoDirA)]), Is.EqualTo((0x00, 0xff)));
        }
    }

    [Test]
    public void Sensor_that_does_not_answer_is_the_board_and_is_named()
    {
        using var sensor = _box.OpenSensor(new Ina219Source("/dev/i2c-1", 0x41, 100_000));

        Assert.That(() => sensor.Measure(), Throws.TypeOf<BenchException>()
            .With.Property("Layer").EqualTo(BenchLayer.Board).And.Message.Contains("/dev/i2c-1: Error 6"));
    }

    [TestCase("/dev/gpiochip0", "3", "/dev/gpiochip0 line 3: Error 22")]
    [TestCase("/dev/gpiochip0", "RELAY1", "line RELAY1 has no number")]
    [TestCase("/dev/relays", "3", "has no number")]
    [TestCase("mcp23017:/dev/i2c-1", "3", "is no line of an MCP23017")]
    [TestCase("mcp23017:/dev/i2c-1:0x20", "16", "is no line of an MCP23017")]
    public void Line_that_cannot_be_opened_is_the_host_and_is_named(string chip, string line, string words) =>
        Assert.That(() => _box.OpenLine(new LineEntry(chip, line, IsActiveLow: false)), Throws.TypeOf<BenchException>()
            .With.Property("Layer").EqualTo(BenchLayer.Host).And.Message.Contains(words));

    [Test]
    public void Gear_box_is_chosen_by_name_and_ours_without_one()
    {
        IotGearBox.Register();

        Assert.That(GearBoxes.Open("iot.device.bindings"), Is.TypeOf<IotGearBox>());
        Assert.That(GearBoxes.Open(null), Is.TypeOf<LinuxGearBox>());
        Assert.That(() => GearBoxes.Open("pigeon"), Throws.TypeOf<BenchException>().With.Message.Contains("\"pigeon\""));
    }
}
