namespace HilBench.Devices;

/// <summary>A device that knows how much of itself has been put to work.</summary>
public interface ICoverageDevice : IDevice
{
    /// <summary>Points of coverage (lines that ran, bits that toggled) reached since it was opened: never falls. 0: it counts none.</summary>
    ulong CoveredPoints { get; }
}
