namespace HilBench.Devices;

/// <summary>The faults that the built-in devices can be opened with: ids of ats-rules C, described in docs/exerciser.md.</summary>
public static class DeviceFaults
{
    /// <summary>All of them, in the order of their ids. The model and the RTL know the same ones.</summary>
    public static IReadOnlyList<string> All => ModelDevice.KnownFaults;

    /// <summary>The faults that a kind of device can be opened with; a user's library says its own when it is open, a board has none.</summary>
    public static IReadOnlyList<string> For(DeviceScheme scheme) =>
        scheme is DeviceScheme.Model or DeviceScheme.Rtl or DeviceScheme.RtlUart ? All : [];
}
