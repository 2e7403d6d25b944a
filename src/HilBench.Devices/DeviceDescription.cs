namespace HilBench.Devices;

/// <summary>What a device says of itself when it is opened.</summary>
/// <param name="Name">For people, for example "HilBench reference device (RTL)".</param>
/// <param name="Version">The device's own version.</param>
/// <param name="ClockHz">Nominal clock, cycles per second; 0 when it has none.</param>
/// <param name="Faults">Ids of the faults that this build can be opened with; empty for a clean device.</param>
public sealed record DeviceDescription(string Name, string Version, ulong ClockHz, IReadOnlyList<string> Faults);
