using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>A function's configuration space, read through a probe; what is refused reads as all ones, as at a root complex.</summary>
/// <param name="probe">The probe.</param>
/// <param name="function">0 to 7.</param>
public sealed class ProbedConfiguration(DeviceProbe probe, int function) : IConfigurationReader
{
    /// <inheritdoc/>
    public uint Read(int offset) => probe.ReadConfiguration(offset, function) ?? uint.MaxValue;
}
