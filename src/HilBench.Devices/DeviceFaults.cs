namespace HilBench.Devices;

/// <summary>
/// The faults that the built-in devices can be opened with. Source: docs/exerciser.md, ids of ats-rules C.
/// </summary>
public static class DeviceFaults
{
    /// <summary>What a fault is, in one line.</summary>
    /// <param name="Id">Its id, for example M11.</param>
    /// <param name="Summary">The mistake.</param>
    public readonly record struct Fault(string Id, string Summary);

    /// <summary>All of them, in the order of their ids. The model and the RTL know the same ones.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("M01", "the completion is sent, nothing is invalidated"),
        new("M05", "the S-encoded size is taken too small by half"),
        new("M06", "the size saturates at 2 MiB"),
        new("M11", "an entry larger than the invalidated range survives"),
        new("M12", "an entry larger than the range is dropped only when the range covers the entry's first page"),
        new("M14", "only way 0 is invalidated"),
        new("M18", "a fill in flight during the invalidation is stored"),
        new("M19", "a fill that meets an invalidation within 2 cycles is stored"),
        new("M23", "an invalidation without PASID does not touch entries that have one"),
        new("M29", "the completion overtakes writes in the transmit queue"),
        new("M31", "the completion does not wait for outstanding reads"),
        new("M32", "a transfer looks its translation up once and keeps it for all its TLPs in that page"),
    ];

    /// <summary>
    /// The faults that a kind of device can be opened with; a user's library says its own when it is open.
    /// </summary>
    public static IReadOnlyList<Fault> For(DeviceScheme scheme) => scheme == DeviceScheme.Library ? [] : All;
}
