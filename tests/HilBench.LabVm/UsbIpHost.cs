using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace HilBench.LabVm;

/// <summary>The command usbip: attaches what others serve to this machine.</summary>
internal static class UsbIpHost
{
    /// <summary>Attaches the first device of a server. False: it does not let go of its last host yet.</summary>
    public static bool TryAttach(IPEndPoint server) =>
        Run("--tcp-port", server.Port.ToString(CultureInfo.InvariantCulture), "attach", "-r", server.Address.ToString(), "-b", "1-1");

    /// <summary>Pulls a device out. False: it is not there.</summary>
    /// <param name="place">Where it is plugged in, such as 1-2: port 1 of vhci-hcd, which counts from 0.</param>
    public static bool TryDetach(string place)
    {
        var port = int.Parse(place.AsSpan(place.IndexOf('-', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture) - 1;
        return Run("detach", "-p", port.ToString(CultureInfo.InvariantCulture));
    }

    private static bool Run(params string[] arguments)
    {
        using var usbip = Process.Start("usbip", arguments);
        usbip.WaitForExit();
        return usbip.ExitCode == 0;
    }
}
