using HilBench.Lab.Attached;

namespace HilBench.Lab;

/// <summary>The interfaces of this machine's USB devices. Nothing is opened.</summary>
/// <param name="sys">/sys, or a copy of it.</param>
public sealed class UsbInterfaces(string sys = "/sys")
{
    /// <summary>The class of a CDC-ACM interface: communications, abstract control model.</summary>
    private const string Communications = "02";

    // Serial chips, and what drives them.
    private static readonly Dictionary<string, string> _serialChips = new()
    {
        ["0403"] = "ftdi_sio",
        ["10c4"] = "cp210x",
        ["1a86"] = "ch341",
        ["067b"] = "pl2303",
    };

    private readonly Sysfs _sys = new(sys);

    /// <summary>A serial interface that no driver has taken, in words, and the module that would; null: there is none.</summary>
    public (string What, string Module)? WithoutDriver()
    {
        foreach (var name in _sys.Entries("bus/usb/devices").Where(name => name.Contains(':', StringComparison.Ordinal)))
        {
            var folder = $"bus/usb/devices/{name}";
            if (_sys.Has($"{folder}/driver"))
            {
                continue;
            }

            var device = $"bus/usb/devices/{name.Split(':')[0]}";
            var vendor = _sys.Read($"{device}/idVendor") ?? "";
            var module = _sys.Read($"{folder}/bInterfaceClass") == Communications ? "cdc_acm" : _serialChips.GetValueOrDefault(vendor);
            if (module is not null)
            {
                return ($"the USB device {vendor}:{_sys.Read($"{device}/idProduct")} at port {name.Split(':')[0]} has no driver", module);
            }
        }

        return null;
    }
}
