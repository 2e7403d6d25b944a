using System.Device.Gpio;
using System.Device.Gpio.Drivers;
using System.Device.I2c;
using System.Globalization;
using HilBench.Journal;
using HilBench.Lab;
using HilBench.Links;
using Iot.Device.Mcp23xxx;
using McpRegister = Iot.Device.Mcp23xxx.Register;

namespace HilBench.Vendor.IotDevices;

/// <summary>
/// The gear around a board through Iot.Device.Bindings and System.Device.Gpio; commands and hardware monitoring as in
/// <see cref="LinuxGearBox"/>. The chip <c>mcp23017:/dev/i2c-1:0x20</c> of a line is an MCP23017 without a kernel driver.
/// </summary>
public sealed class IotGearBox : IGearBox
{
    private const string ExpanderScheme = "mcp23017:";

    private readonly LinuxGearBox _others = new();

    /// <summary>Makes <c>HILBENCH_GEAR=iot.device.bindings</c> open gear like this.</summary>
    public static void Register() => GearBoxes.Add("iot.device.bindings", () => new IotGearBox());

    /// <inheritdoc/>
    public IGearLine OpenLine(SwitchEntry entry) => entry switch
    {
        LineEntry line when line.Chip.StartsWith(ExpanderScheme, StringComparison.Ordinal) => Opened(line, () => new ExpanderLine(line)),
        LineEntry line => Opened(line, () => new GpioLine(line)),
        _ => _others.OpenLine(entry),
    };

    /// <inheritdoc/>
    public IGearSensor OpenSensor(MonitorSource entry) => entry switch
    {
        Ina219Source source => Opened(source.Bus, () => new Ina219(source)),
        Lm75Source source => Opened(source.Bus, () => new Lm75(source)),
        _ => _others.OpenSensor(entry),
    };

    private static T Opened<T>(object what, Func<T> open) => Guarded(BenchLayer.Host, what, open);

    private static T Asked<T>(object what, Func<T> ask) => Guarded(BenchLayer.Board, what, ask);

    private static T Guarded<T>(BenchLayer layer, object what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or NotSupportedException || e.Source == "System.Device.Gpio")
        {
            throw new BenchException(
                e is UnauthorizedAccessException ? BenchLayer.Permission : layer, $"{what}: {e.Message.TrimEnd('.')}", "Is it there, and may you open it?", e);
        }
    }

    // /dev/i2c-1 is bus 1, /dev/gpiochip0 is chip 0: the packages know them by number only.
    private static int NumberAtEnd(string path) => Number(path[path.AsSpan().TrimEnd("0123456789").Length..], path);

    private static int Number(string text, object what) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new BenchException(BenchLayer.Host, $"{what} has no number", "The packages know buses, chips and lines by number only.");

    private static I2cConnectionSettings At(string bus, int address) => new(NumberAtEnd(bus), address);

    /// <summary>A line of a GPIO chip. It becomes an output, at its new level, when it is switched first.</summary>
    private sealed class GpioLine : IGearLine
    {
        private readonly GpioController _controller;
        private readonly LineEntry _entry;
        private readonly int _number;
        private bool _isOutput;

        public GpioLine(LineEntry entry)
        {
            _entry = entry;
            _number = Number(entry.Line, entry);
#pragma warning disable CS0612, CS0618, CA2000 // version 4 marks the numbering scheme as obsolete; the controller owns its driver
            _controller = new GpioController(PinNumberingScheme.Logical, new LibGpiodDriver(NumberAtEnd(entry.Chip)));
#pragma warning restore CS0612, CS0618, CA2000
            try
            {
                _controller.OpenPin(_number);
            }
            catch
            {
                _controller.Dispose();
                throw;
            }
        }

        public bool? Read() => Asked(_entry, () => (_controller.Read(_number) == PinValue.High) != _entry.IsActiveLow);

        public void Turn(bool isOn) => Asked(_entry, () =>
        {
            var level = isOn != _entry.IsActiveLow ? PinValue.High : PinValue.Low;
            if (_isOutput)
            {
                _controller.Write(_number, level);
                return true;
            }

            _controller.ClosePin(_number);
            _controller.OpenPin(_number, PinMode.Output, level);
            return _isOutput = true;
        });

        public void Dispose() => _controller.Dispose();
    }

    /// <summary>A line of an MCP23017: latch first, then direction.</summary>
    private sealed class ExpanderLine : IGearLine
    {
        private readonly LineEntry _entry;
        private readonly Mcp23017 _chip;
        private readonly Port _port;
        private readonly byte _mask;

        public ExpanderLine(LineEntry entry)
        {
            _entry = entry;
            var parts = entry.Chip.Split(':');
            var line = Number(entry.Line, entry);
            if (parts.Length != 3 || !parts[2].StartsWith("0x", StringComparison.Ordinal) || line > 15
                || !byte.TryParse(parts[2].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var address))
            {
                throw new BenchException(BenchLayer.Host, $"{entry} is no line of an MCP23017", "For example chip: mcp23017:/dev/i2c-1:0x20, line: 0 to 15.");
            }

            (_port, _mask) = (line < 8 ? Port.PortA : Port.PortB, (byte)(1 << (line % 8)));
#pragma warning disable CA2000 // the chip owns its bus
            _chip = new Mcp23017(I2cDevice.Create(At(parts[1], address)));
#pragma warning restore CA2000
        }

        public bool? Read() => Asked(_entry, () => ((_chip.ReadByte(McpRegister.GPIO, _port) & _mask) != 0) != _entry.IsActiveLow);

        public void Turn(bool isOn) => Asked(_entry, () =>
        {
            Change(McpRegister.OLAT, isOn != _entry.IsActiveLow);
            Change(McpRegister.IODIR, isSet: false);
            return true;
        });

        public void Dispose() => _chip.Dispose();

        private void Change(McpRegister register, bool isSet)
        {
            var bits = _chip.ReadByte(register, _port);
            _chip.WriteByte(register, (byte)(isSet ? bits | _mask : bits & ~_mask), _port);
        }
    }

    private sealed class Ina219(Ina219Source source) : IGearSensor
    {
        private const double FullScale = 655.36; // the package takes a negative voltage of the shunt for one above 327.67 mV

        // Not the constructor that takes an I2cDevice: some versions of it throw.
        private readonly Iot.Device.Adc.Ina219 _chip = new(At(source.Bus, source.Address));

        public IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure() => Asked(source.Bus, () =>
        {
            var millivolts = (int)Math.Round(_chip.ReadBusVoltage().Millivolts);
            var shunt = _chip.ReadShuntVoltage().Millivolts;
            var milliamperes = (int)Math.Round((shunt > FullScale / 2 ? shunt - FullScale : shunt) * 1e6 / source.ShuntMicroOhm);
            return ((MeasurementUnit, int)[])
            [
                (MeasurementUnit.Millivolt, millivolts),
                (MeasurementUnit.Milliampere, milliamperes),
                (MeasurementUnit.Milliwatt, (int)Math.Round(millivolts * (double)milliamperes / 1000)),
            ];
        });

        public void Dispose() => _chip.Dispose();
    }

    private sealed class Lm75(Lm75Source source) : IGearSensor
    {
        private readonly Iot.Device.Lm75.Lm75 _chip = new(I2cDevice.Create(At(source.Bus, source.Address)));

        public IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure() => Asked(source.Bus, () =>
            ((MeasurementUnit, int)[])[(MeasurementUnit.MilliCelsius, (int)Math.Round(_chip.Temperature.DegreesCelsius * 1000))]);

        public void Dispose() => _chip.Dispose();
    }
}
