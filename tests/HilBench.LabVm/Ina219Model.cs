using System.Buffers.Binary;

namespace HilBench.LabVm;

/// <summary>
/// An INA219 on a rail that carries 0.85 A through 100 mOhm when it is on. Source: Texas Instruments SBOS448, "Register Details".
/// </summary>
/// <param name="millivolts">What the rail has now; 0: it is off.</param>
internal sealed class Ina219Model(Func<int> millivolts)
{
    /// <summary>Where it answers, with A0 and A1 at ground.</summary>
    public const int Address = 0x40;

    private const ushort AfterReset = 0x399F;
    private const ushort ShuntOfRail = 8500; // 85 mV in steps of 10 µV
    private const int BusMillivolts = 4;     // a step of the bus voltage, which begins at bit 3
    private const int IsConverted = 2;       // CNVR
    private byte _register;

    /// <summary>The first byte chooses a register. What is written to registers changes nothing that is read here.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => _register = bytes.IsEmpty ? _register : bytes[0];

    /// <summary>Reads the chosen register, the high byte first.</summary>
    public void Read(Span<byte> bytes)
    {
        Span<byte> value = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(value, _register switch
        {
            0 => AfterReset,
            1 => millivolts() > 0 ? ShuntOfRail : (ushort)0,
            2 => (ushort)((millivolts() / BusMillivolts << 3) | IsConverted),
            _ => 0, // power and current stay 0 without a calibration
        });
        value[..Math.Min(bytes.Length, value.Length)].CopyTo(bytes);
    }
}
