using System.Collections.Concurrent;
using HilBench.Journal;

namespace HilBench.Lab;

/// <summary>
/// Other gear boxes than our own, by name: adapters to packages, in a build that has them. Source:
/// docs/decisions/0011-vendor-packages.md.
/// </summary>
public static class GearBoxes
{
    private static readonly ConcurrentDictionary<string, Func<IGearBox>> _others = new();

    /// <summary>Adds one; done once, before any gear is opened.</summary>
    /// <param name="name">What <see cref="Open"/> takes.</param>
    /// <param name="make">Makes the box.</param>
    public static void Add(string name, Func<IGearBox> make) => _others[name] = make;

    /// <summary>The gear box of this name.</summary>
    /// <param name="name">Null or empty: our own, <see cref="LinuxGearBox"/>.</param>
    /// <exception cref="BenchException">Host: this build has no such adapter.</exception>
    public static IGearBox Open(string? name) => string.IsNullOrEmpty(name) ? new LinuxGearBox()
        : _others.TryGetValue(name, out var make) ? make()
        : throw new BenchException(
            BenchLayer.Host, $"this build has no gear adapter \"{name}\"", "Unset HILBENCH_GEAR, or build with -p:HilBenchVendorPackages=true.");
}
