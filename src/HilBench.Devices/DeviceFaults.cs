namespace HilBench.Devices;

/// <summary>The faults that the built-in devices can be opened with: ids of ats-rules C, described in docs/exerciser.md.</summary>
public static class DeviceFaults
{
    private static readonly string[] _rtl =
    [
        "M01", "M02", "M03", "M04", "M05", "M06", "M07", "M08", "M09", "M10",
        "M11", "M12", "M13", "M14", "M15", "M16", "M17", "M18", "M19", "M20", "M21",
        "M22", "M23", "M24", "M25", "M26", "M27", "M28", "M29", "M30", "M31",
        "M32", "M33", "M34", "M35", "M36", "M37", "M38", "M39", "M40", "M41",
        "M42", "M43", "M44", "M45", "M46", "M47", "M48", "M49", "M50", "M51",
        "M52", "M53", "M54", "M55", "M56", "M57", "M58", "M59", "M60", "M61",
        "M62", "M63", "M64", "M65", "M66", "M67", "M68", "M69", "M70", "M71",
        "M72", "M73", "M74", "M75", "M76", "M77", "M78", "M79", "M80", "M81",
        "M82",
    ];

    /// <summary>Those that at least one of them has, in the order of their ids.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. _rtl.Union(ModelDevice.KnownFaults).Order(StringComparer.Ordinal)];

    /// <summary>The faults that a kind of device can be opened with; a user's library says its own when it is open.</summary>
    public static IReadOnlyList<string> For(DeviceScheme scheme) => scheme switch
    {
        DeviceScheme.Rtl => _rtl,
        DeviceScheme.Model => ModelDevice.KnownFaults,
        _ => [],
    };
}
