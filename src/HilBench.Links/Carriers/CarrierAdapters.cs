using System.Collections.Concurrent;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// Other ways to open a carrier than our own, by the option <c>via=NAME</c>: adapters to packages, in a build that has them.
/// Source: docs/decisions/0011-vendor-packages.md.
/// </summary>
public static class CarrierAdapters
{
    private static readonly ConcurrentDictionary<string, Func<CarrierUri, ICarrier>> _adapters = new();

    /// <summary>Adds one; done once, before anything is opened.</summary>
    /// <param name="scheme">serial or usb.</param>
    /// <param name="name">What stands behind <c>via=</c>.</param>
    /// <param name="open">Opens the carrier.</param>
    public static void Add(string scheme, string name, Func<CarrierUri, ICarrier> open) => _adapters[$"{scheme} {name}"] = open;

    /// <exception cref="BenchException">Host: this build has no such adapter.</exception>
    internal static ICarrier Open(CarrierUri uri, string scheme, string name) => _adapters.TryGetValue($"{scheme} {name}", out var open)
        ? open(uri)
        : throw new BenchException(
            BenchLayer.Host, $"this build has no adapter {name} for {scheme}:", "Leave via= away, or build with -p:HilBenchVendorPackages=true.");
}
