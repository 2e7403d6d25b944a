using HilBench.Journal;

namespace HilBench.Lab;

/// <summary>An I2C bus, as far as the sensors around a board need it.</summary>
public interface II2cBus : IDisposable
{
    /// <summary>Writes the number of a register, and reads it in the same transfer.</summary>
    /// <param name="address">7 bits.</param>
    /// <param name="register">Which register.</param>
    /// <param name="bytes">What comes back.</param>
    /// <exception cref="BenchException">Board: nothing answers at this address.</exception>
    void ReadRegister(int address, byte register, Span<byte> bytes);
}
