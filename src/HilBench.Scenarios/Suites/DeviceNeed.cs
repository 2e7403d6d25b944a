using HilBench.Checking;

namespace HilBench.Scenarios;

/// <summary>What a scenario may need of a device (the key "needs").</summary>
internal static class DeviceNeed
{
    private static readonly SortedDictionary<string, (Func<IReadOnlyList<BenchFunction>, bool> Has, string Missing)> _needs = new(StringComparer.Ordinal)
    {
        ["pasid"] = (functions => functions[0].Layout.PasidOffset != 0, "the device has no PASID capability (0x001B)"),
        ["global"] = (functions => functions[0].Layout.HasGlobalInvalidate, "the device does not support Global Invalidate"),
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
