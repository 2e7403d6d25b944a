using HilBench.Devices.Isolation;
using HilBench.Devices.Linked;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Devices;

/// <summary>Opens the device that a URI names.</summary>
public static class DeviceFactory
{
    /// <summary>Nanoseconds that a byte takes on the line to a Verilated board, by the board's clock.</summary>
    public const long UartByteNs = SimulatedUart.ByteNs;

    /// <summary>Opens a device; its state is that after power-on.</summary>
    /// <param name="uri">Which one.</param>
    /// <param name="locations">Where the built-in libraries lie.</param>
    /// <exception cref="DeviceOpenException">It could not be opened; the message says why and what to do.</exception>
    /// <exception cref="BenchException">A board behind a link could not be reached; the message names the layer.</exception>
    public static IDevice Open(DeviceUri uri, DeviceLocations locations) => uri.Scheme switch
    {
        DeviceScheme.Model => new ModelDevice(uri.Fault, uri.Size),
        DeviceScheme.Rtl => OpenRtl(uri, locations.Rtl(uri.Size, uri.Fault)),
        DeviceScheme.RtlUart => OpenRtlUart(uri, locations),
        DeviceScheme.Link => LinkDevice.Open(OpenLink(uri.Carrier!, TimeProvider.System), TimeProvider.System, uri.Patience),
        _ => uri.IsInProcess || locations.DeviceHost is null
            ? NativeDevice.Open(uri.Path, uri.Options)
            : IsolatedDevice.Open(uri.Path, uri.Options, locations.DeviceHost, uri.Patience),
    };

    /// <summary>Opens the carrier of a board; the link has no session yet.</summary>
    /// <exception cref="BenchException">The port or socket cannot be opened.</exception>
    public static HostLink OpenLink(CarrierUri uri, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(time);
        var settings = new LinkSettings
        {
            ByteNs = uri.ByteNs,
            TakesOver = uri.TakesOver,
            HostId = (uint)Environment.ProcessId,
        };
        // Another number than that of the session before, of whichever process: the time differs, and no session follows it by one.
        var session = (ushort)((time.GetTimestamp() >> 10) ^ Environment.ProcessId);
        return new HostLink(uri.Open(), settings, time, session == 0 ? (ushort)1 : session);
    }

    /// <summary>Opens the line to a Verilated board; the link has no session yet.</summary>
    /// <param name="uri">With the scheme <see cref="DeviceScheme.RtlUart"/>.</param>
    /// <param name="locations">Where the built-in libraries lie.</param>
    /// <param name="time">The board's clock, which is the time of the line.</param>
    /// <exception cref="DeviceOpenException">No library, or it refused.</exception>
    public static HostLink OpenUart(DeviceUri uri, DeviceLocations locations, out TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(locations);
#pragma warning disable CA2000 // the link owns its carrier
        var uart = SimulatedUart.Open(uri.Path.Length > 0 ? uri.Path : locations.RtlUart(uri.Fault), uri.Options);
#pragma warning restore CA2000
        time = uart.Time;
        return new HostLink(uart, new LinkSettings { ByteNs = UartByteNs }, time, session: 1);
    }

    private static LinkDevice OpenRtlUart(DeviceUri uri, DeviceLocations locations)
    {
        var link = OpenUart(uri, locations, out var time);
        return LinkDevice.Open(link, time, uri.Patience);
    }

    private static NativeDevice OpenRtl(DeviceUri uri, string library) => File.Exists(library)
        ? NativeDevice.Open(library, uri.Options)
        : throw new DeviceOpenException(
            $"the Verilated reference device is not built: there is no file {library}",
            "Run `make build`, or use the model with --device model:.");
}
