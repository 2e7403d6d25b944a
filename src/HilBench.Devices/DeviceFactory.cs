using HilBench.Devices.Isolation;

namespace HilBench.Devices;

/// <summary>Opens the device that a URI names.</summary>
public static class DeviceFactory
{
    /// <summary>Opens a device; its state is that after power-on.</summary>
    /// <param name="uri">Which one.</param>
    /// <param name="locations">Where the built-in libraries lie.</param>
    /// <exception cref="DeviceOpenException">It could not be opened; the message says why and what to do.</exception>
    public static IDevice Open(DeviceUri uri, DeviceLocations locations) => uri.Scheme switch
    {
        DeviceScheme.Model => new ModelDevice(uri.Fault, uri.Size),
        DeviceScheme.Rtl => OpenRtl(uri, locations.Rtl(uri.Size, uri.Fault)),
        _ => uri.IsInProcess || locations.DeviceHost is null
            ? NativeDevice.Open(uri.Path, uri.Options)
            : IsolatedDevice.Open(uri.Path, uri.Options, locations.DeviceHost, uri.Patience),
    };

    private static NativeDevice OpenRtl(DeviceUri uri, string library) => File.Exists(library)
        ? NativeDevice.Open(library, uri.Options)
        : throw new DeviceOpenException(
            $"the Verilated reference device is not built: there is no file {library}",
            "Run `make build`, or use the model with --device model:.");
}
