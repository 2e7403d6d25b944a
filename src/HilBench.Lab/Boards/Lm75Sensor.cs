using System.Buffers.Binary;
using HilBench.Links;

namespace HilBench.Lab;

/// <summary>Reads an LM75, or one of its relatives with more digits. Source: Texas Instruments SNOS808, "Temperature Register".</summary>
/// <param name="bus">Owned.</param>
/// <param name="source">Address.</param>
public sealed class Lm75Sensor(II2cBus bus, Lm75Source source) : IGearSensor
{
    private const byte Temperature = 0; // 1/256 °C each, signed; the lowest 7 bits of an LM75 are 0

    /// <inheritdoc/>
    public IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure()
    {
        Span<byte> bytes = stackalloc byte[2];
        bus.ReadRegister(source.Address, Temperature, bytes);
        return [(MeasurementUnit.MilliCelsius, BinaryPrimitives.ReadInt16BigEndian(bytes) * 1000 / 256)];
    }

    /// <inheritdoc/>
    public void Dispose() => bus.Dispose();
}
