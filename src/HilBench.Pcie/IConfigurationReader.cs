namespace HilBench.Pcie;

/// <summary>Reads one function's configuration space.</summary>
public interface IConfigurationReader
{
    /// <summary>Reads a register of 32 bits.</summary>
    /// <param name="offset">Byte offset, a multiple of 4, 0 to 4092.</param>
    uint Read(int offset);
}
