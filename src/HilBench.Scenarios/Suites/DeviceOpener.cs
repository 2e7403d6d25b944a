using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>Opens the device that a user has named.</summary>
internal static class DeviceOpener
{
    /// <summary>What a URI names.</summary>
    /// <exception cref="InputException">It is no URI of a device.</exception>
    public static DeviceUri Parse(string uri) => DeviceUri.TryParse(uri, out var parsed, out var error)
        ? parsed
        : throw new InputException(error, "See bin/hilbench run --help for the forms of a device URI.");

    /// <summary>Opens it.</summary>
    /// <exception cref="InputException">It is no URI of a device.</exception>
    /// <exception cref="BenchException">It cannot be opened.</exception>
    public static IDevice Open(string uri, DeviceLocations locations)
    {
        try
        {
            return DeviceFactory.Open(Parse(uri), locations);
        }
        catch (DeviceOpenException e)
        {
            throw new BenchException(BenchLayer.Device, e.What, e.Advice, e);
        }
    }
}
