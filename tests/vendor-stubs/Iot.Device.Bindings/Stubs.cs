// The members of System.Device.Gpio, UnitsNet and Iot.Device.Bindings that the adapter uses. Declared from the packages' published
// API. Gear in memory: registers of I2C devices by bus and address, levels of lines by chip and number.
using System.Device.I2c;
using UnitsNet;

#pragma warning disable CS1591, CA1051, CA1707, CA1720, CA1711, CA1815, CA1027, CA1028, IDE0060, CA1822, CA1063, CA1816, CA1716, CA2227, CA1034, CA1712

namespace System.Device.I2c
{
    public class I2cConnectionSettings(int busId, int deviceAddress)
    {
        public int BusId { get; } = busId;

        public int DeviceAddress { get; } = deviceAddress;
    }

    public class I2cDevice(I2cConnectionSettings settings) : IDisposable
    {
        public static Dictionary<(int Bus, int Address, int Register), int> Registers { get; } = [];

        public static I2cDevice Create(I2cConnectionSettings settings) => new(settings);

        public int this[int register]
        {
            get => Registers.TryGetValue((settings.BusId, settings.DeviceAddress, register), out var value)
                ? value
                : throw new IOException("Error 6 performing I2C data transfer.");
            set => Registers[(settings.BusId, settings.DeviceAddress, register)] = value;
        }

        public void Dispose()
        {
        }
    }
}

namespace System.Device.Gpio
{
    public enum PinNumberingScheme
    {
        Logical,
    }

    public enum PinMode
    {
        Input,
        Output,
    }

    public readonly struct PinValue : IEquatable<PinValue>
    {
        private readonly byte _value;

        private PinValue(byte value) => _value = value;

        public static PinValue High => new(1);

        public static PinValue Low => new(0);

        public static bool operator ==(PinValue a, PinValue b) => a.Equals(b);

        public static bool operator !=(PinValue a, PinValue b) => !a.Equals(b);

        public bool Equals(PinValue other) => _value == other._value;

        public override bool Equals(object? obj) => obj is PinValue other && Equals(other);

        public override int GetHashCode() => _value;
    }

    public class GpioPin
    {
    }

    public abstract class GpioDriver : IDisposable
    {
        public int Chip { get; protected init; }

        public void Dispose()
        {
        }
    }

    public class GpioController(PinNumberingScheme numberingScheme, GpioDriver driver) : IDisposable
    {
        public static Dictionary<(int Chip, int Line), (PinMode Mode, PinValue Value)> Lines { get; } = [];

        public PinNumberingScheme NumberingScheme { get; } = numberingScheme;

        public GpioPin OpenPin(int pinNumber) => Lines.ContainsKey((driver.Chip, pinNumber))
            ? new GpioPin()
            : throw new InvalidOperationException("Error 22 while opening the line.");

        public GpioPin OpenPin(int pinNumber, PinMode mode, PinValue initialValue)
        {
            Lines[(driver.Chip, pinNumber)] = (mode, initialValue);
            return new GpioPin();
        }

        public void ClosePin(int pinNumber)
        {
        }

        public PinValue Read(int pinNumber) => Lines[(driver.Chip, pinNumber)].Value;

        // The package leaves a line that is no output as it is.
        public void Write(int pinNumber, PinValue value)
        {
            if (Lines[(driver.Chip, pinNumber)].Mode == PinMode.Output)
            {
                Lines[(driver.Chip, pinNumber)] = (PinMode.Output, value);
            }
        }

        public void Dispose()
        {
        }
    }
}

namespace System.Device.Gpio.Drivers
{
    public class LibGpiodDriver : GpioDriver
    {
        public LibGpiodDriver(int gpioChip = 0) => Chip = gpioChip;
    }
}

namespace UnitsNet
{
    public readonly struct ElectricPotential(double millivolts)
    {
        public double Millivolts { get; } = millivolts;
    }

    public readonly struct Temperature(double degreesCelsius)
    {
        public double DegreesCelsius { get; } = degreesCelsius;
    }
}

namespace Iot.Device.Adc
{
    public class Ina219(I2cConnectionSettings settings) : IDisposable
    {
        private readonly I2cDevice _device = I2cDevice.Create(settings);

        public ElectricPotential ReadShuntVoltage() => new((ushort)_device[1] * 0.01);

        public ElectricPotential ReadBusVoltage() => new((_device[2] >> 3) * 4);

        public void Dispose() => _device.Dispose();
    }
}

namespace Iot.Device.Lm75
{
    public class Lm75(I2cDevice i2cDevice) : IDisposable
    {
        public Temperature Temperature => new(((short)i2cDevice[0] >> 5) * 0.125);

        public void Dispose() => i2cDevice.Dispose();
    }
}

namespace Iot.Device.Mcp23xxx
{
    public enum Register : byte
    {
        IODIR = 0x00,
        GPIO = 0x09,
        OLAT = 0x0A,
    }

    public enum Port
    {
        PortA = 0,
        PortB = 1,
    }

    public class Mcp23017(I2cDevice i2cDevice) : IDisposable
    {
        public byte ReadByte(Register register, Port port) => (byte)i2cDevice[(2 * (int)register) + (int)port];

        public void WriteByte(Register register, byte value, Port port) => i2cDevice[(2 * (int)register) + (int)port] = value;

        public void Dispose() => i2cDevice.Dispose();
    }
}
