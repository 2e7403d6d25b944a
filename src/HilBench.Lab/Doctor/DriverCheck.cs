using System.Runtime.InteropServices;
using HilBench.Lab.Attached;

namespace HilBench.Lab;

/// <summary>Looks at the driver of a carrier, without opening anything.</summary>
/// <param name="sys">/sys, or a copy of it.</param>
/// <param name="usbLibrary">The library that USB carriers need.</param>
public sealed class DriverCheck(string sys = "/sys", string usbLibrary = "libusb-1.0.so.0")
{
    /// <summary>What there is to say of the driver.</summary>
    /// <param name="carrier">The carrier's URI.</param>
    public LayerFinding Examine(string carrier)
    {
        var place = carrier.Split('?')[0];
        var colon = place.IndexOf(':', StringComparison.Ordinal);
        var (scheme, path) = (place[..Math.Max(0, colon)], place[(colon + 1)..]);
        return scheme switch
        {
            "serial" => Serial(path),
            "usb" => Usb(),
            "pcie" or "pci" => Pci(path),
            _ => new LayerFinding(DoctorLayer.Driver, LayerStatus.NotNeeded, "a socket needs none"),
        };
    }

    private LayerFinding Serial(string path)
    {
        var target = Path.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        if (target.StartsWith("/dev/pts/", StringComparison.Ordinal))
        {
            return new(DoctorLayer.Driver, LayerStatus.NotNeeded, $"{path} is a pseudo terminal");
        }

        if (new SerialPorts(sys).DriverOf(target) is { } driver)
        {
            return new(DoctorLayer.Driver, LayerStatus.Good, $"{Path.GetFileName(target)} is driven by {driver}");
        }

        if (!Path.Exists(target) && new UsbInterfaces(sys).WithoutDriver() is var (what, module))
        {
            return new(DoctorLayer.Driver, LayerStatus.Failed, what, $"Load it: modprobe {module}");
        }

        return new(DoctorLayer.Driver, LayerStatus.Good, Path.Exists(target) ? $"{target} has no driver of its own" : "no USB device waits for a driver");
    }

    private LayerFinding Usb()
    {
        if (!NativeLibrary.TryLoad(usbLibrary, out var library))
        {
            return new(DoctorLayer.Driver, LayerStatus.Failed, $"the library {usbLibrary} is not there", "Install it: apt-get install libusb-1.0-0");
        }

        NativeLibrary.Free(library);
        return new(DoctorLayer.Driver, LayerStatus.Good, $"{usbLibrary} is there");
    }

    private LayerFinding Pci(string function)
    {
        const string Vfio = "vfio-pci";
        var tree = new Sysfs(sys);
        var driver = tree.NameOf($"bus/pci/devices/{function}/driver");
        return driver is null or Vfio
            ? new(DoctorLayer.Driver, LayerStatus.Good, driver is null ? $"no driver has taken {function}" : $"{function} is driven by {Vfio}")
            : new(
                DoctorLayer.Driver, LayerStatus.Failed, $"the driver {driver} has taken {function}",
                $"Take it away: echo {function} > /sys/bus/pci/devices/{function}/driver/unbind");
    }
}
