using System.Buffers.Binary;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>
/// Reads an INA219 as it is set up after power-on (32 V, 320 mV across the shunt, always measuring); nothing is written to it.
/// Source: Texas Instruments SBOS448, "Register Details".
/// </summary>
/// <param name="bus">Owned.</param>
/// <param name="source">Address and shunt.</param>
public sealed class Ina219Sensor(II2cBus bus, Ina219Source source) : IGearSensor
{
    private const byte ShuntVoltage = 1; // 10 µV each, signed
    private const byte BusVoltage = 2;   // 4 mV each, in bits 15:3
    private const int ShuntNanovolts = 10_000;
    private const int BusMillivolts = 4;

    /// <inheritdoc/>
    public IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure()
    {
        var millivolts = (Read(BusVoltage) >> 3) * BusMillivolts;
        // nV / µOhm = mA
        var milliamperes = (int)Math.Round((double)(short)Read(ShuntVoltage) * ShuntNanovolts / source.ShuntMicroOhm);
        var milliwatts = (int)((long)millivolts * milliamperes / 1000);
        return [(MeasurementUnit.Millivolt, millivolts), (MeasurementUnit.Milliampere, milliamperes), (MeasurementUnit.Milliwatt, milliwatts)];
    }

    /// <inheritdoc/>
    public void Dispose() => bus.Dispose();

    private ushort Read(byte register)
    {
        Span<byte> bytes = stackalloc byte[2];
        bus.ReadRegister(source.Address, register, bytes);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }
}
