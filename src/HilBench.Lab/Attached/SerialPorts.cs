using HilBench.Lab.Attached;

namespace HilBench.Lab;

/// <summary>The serial ports that have hardware behind them. Nothing is opened.</summary>
/// <param name="sys">/sys, or a copy of it.</param>
/// <param name="dev">/dev, or a copy of it.</param>
public sealed class SerialPorts(string sys = "/sys", string dev = "/dev")
{
    private readonly Sysfs _sys = new(sys);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<AttachedDevice> List()
    {
        var stable = StableNames();
        var ports = new List<AttachedDevice>();
        foreach (var name in _sys.Entries("class/tty"))
        {
            if (!_sys.Has($"class/tty/{name}/device") || IsEmptyPlace(name))
            {
                continue;
            }

            ports.Add(new AttachedDevice("serial", $"serial:{dev}/{name}", Describe(name), _sys.NameOf($"class/tty/{name}/device/driver") ?? "")
            {
                Stable = stable.GetValueOrDefault(name, ""),
            });
        }

        return ports;
    }

    /// <summary>The kernel's driver of a port; null: it names none, as for a pty.</summary>
    public string? DriverOf(string path) => _sys.NameOf($"class/tty/{Path.GetFileName(path)}/device/driver");

    // The 8250 driver has places for ports that are not there: their type is 0.
    private bool IsEmptyPlace(string name) => _sys.Read($"class/tty/{name}/type") == "0";

    private string Describe(string name)
    {
        if (_sys.Resolve($"class/tty/{name}/device") is not { } place)
        {
            return "serial port";
        }

        // A USB port's device is an interface; the names stand above it.
        for (var folder = place; folder is { Length: > 1 } && folder.Length >= sys.Length; folder = Path.GetDirectoryName(folder))
        {
            var usb = new Sysfs(folder);
            if (usb.Read("idVendor") is { } vendor)
            {
                var words = ((string?[])[usb.Read("manufacturer"), usb.Read("product"), $"({vendor}:{usb.Read("idProduct")})", usb.Read("serial")])
                    .Where(word => word is { Length: > 0 });
                return string.Join(' ', words);
            }
        }

        return "serial port";
    }

    private Dictionary<string, string> StableNames()
    {
        var folder = Path.Combine(dev, "serial", "by-id");
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var link in Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder) : [])
        {
            if (File.ResolveLinkTarget(link, returnFinalTarget: true) is { } target)
            {
                names[target.Name] = link;
            }
        }

        return names;
    }
}
