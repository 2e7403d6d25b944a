namespace HilBench.Scenarios;

/// <summary>What a scenario may need of a device (the key "needs").</summary>
internal static class DeviceNeed
{
    private static readonly SortedDictionary<string, (Func<IReadOnlyList<BenchFunction>, bool> Has, string Missing)> _needs = new(StringComparer.Ordinal)
    {
        ["pasid"] = (functions => functions[0].Layout.PasidOffset != 0, "the device has no PASID capability (0x001B)"),
        ["global"] = (functions => functions[0].Layout.HasGlobalInvalidate, "the device does not support Global Invalidate"),
        ["no-global"] = (functions => !functions[0].Layout.HasGlobalInvalidate, "the device supports Global Invalidate"),
        ["no-page-requests"] = (functions => functions.Any(function => function.Layout.PageRequestOffset == 0), "each function of the device has page requests"),
        ["depth-32"] = (functions => functions[0].Layout.InvalidateQueueDepth == 32, "the device's Invalidate Queue Depth is below 32"),
        ["long-requests"] = (_ => false, "the device asks for at most 8 translations at once, which is one read completion boundary"),
        ["zero-length-reads"] = (_ => false, "the device cannot be told to read no bytes"),
        ["functions"] = (functions => functions.Count(function => function.HasAts) > 1, "the device has no second function with ATS"),
        ["function-without-ats"] = (functions => functions.Any(function => !function.HasAts), "each function of the device has ATS"),
        ["page-requests"] = (functions => functions[0].Layout.PageRequestOffset != 0, "the device has no Page Request capability (0x0013)"),
        ["execute"] = (functions => functions[0].Layout.HasExecute, "the device does not support Execute Permission"),
        ["privileged"] = (functions => functions[0].Layout.HasPrivileged, "the device does not support Privileged Mode"),
        ["function-level-reset"] = (functions => functions[0].Layout.HasFunctionLevelReset, "the device has no function-level reset"),
        ["power"] = (functions => functions[0].Layout.PowerOffset != 0, "the device has no Power Management capability (0x01)"),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => _needs.Keys;

    /// <summary>Why the device does not have it; null: it has.</summary>
    public static string? Missing(string need, IReadOnlyList<BenchFunction> functions) =>
        _needs[need].Has(functions) ? null : _needs[need].Missing;
}
