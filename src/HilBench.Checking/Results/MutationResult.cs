namespace HilBench.Checking;

/// <summary>A suite over every built-in fault of a device.</summary>
/// <param name="Device">The device URI without a fault.</param>
/// <param name="Suite">Suite name.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Profile">Kernel profile name.</param>
/// <param name="Version">The bench's version.</param>
/// <param name="IsCleanDevicePassing">Whether the device without a fault passes: else a kill means nothing.</param>
/// <param name="Faults">One result for each fault.</param>
/// <param name="Duration">Wall-clock time.</param>
public sealed record MutationResult(
    string Device,
    string Suite,
    ulong Seed,
    string Profile,
    string Version,
    bool IsCleanDevicePassing,
    IReadOnlyList<FaultResult> Faults,
    TimeSpan Duration)
{
    /// <summary>Faults that were seen.</summary>
    public int Killed => Faults.Count(fault => fault.IsKilled);
}
