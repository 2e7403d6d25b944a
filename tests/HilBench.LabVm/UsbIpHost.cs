using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace HilBench.LabVm;

/// <summary>The command usbip: attaches what others serve to this machine.</summary>
internal static class UsbIpHost
{
    /// <summary>Attaches the first device of a server.</summary>
    public static void Attach(IPEndPoint server) =>
        Run("--tcp-port", server.Port.ToString(CultureInfo.InvariantCulture), "attach", "-r", server.Address.ToString(), "-b", "1-1");

    /// <summary>Pulls a device out.</summary>
    /// <param name="place">Where it is plugged in, such as 1-2: port 1 of vhci-hcd, which counts from 0.</param>
    public static void Detach(string place)
    {
        var port = int.Parse(place.AsSpan(place.IndexOf('-', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture) - 1;
        Run("detach", "-p", port.ToString(CultureInfo.InvariantCulture));
    }

    private static void Run(params string[] arguments)
    {
        using var usbip = Process.Start("usbip", arguments);
        usbip.WaitForExit();
        if (usbip.ExitCode != 0)
        {
            throw new InvalidOperationException($"usbip {string.Join(' ', arguments)}: exit code {usbip.ExitCode}");
        }
    }
}
