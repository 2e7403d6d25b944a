using System.Net;
using HilBench.Links;

namespace HilBench.LabVm;

/// <summary>
/// The bench around a board, in this machine: an adapter to I2C with an INA219 on the board's rail, and a relay line that gives the
/// board its power: it is plugged into this machine while the relay is on.
/// </summary>
internal static class LabGear
{
    private const int Rail = 12_000;
    private const int Sagging = 9_000;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Goes on until the process is ended.</summary>
    /// <param name="relay">The file of gpio-sim that holds the level of the relay line.</param>
    /// <param name="sag">While this file is there, the rail has 9 V instead of 12 V.</param>
    /// <param name="board">ADDRESS:PORT where a simulated board waits by USB/IP.</param>
    /// <param name="serial">Its serial number.</param>
    public static int Run(string relay, string sag, string board, string serial)
    {
        using var adapter = new I2cTinyUsb(new Ina219Model(Millivolts));
        using var server = UsbIpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), adapter);
        if (!UsbIpHost.TryAttach(server.EndPoint))
        {
            return 1;
        }

        var wasOn = false;
        while (true)
        {
            if (IsOn() != wasOn && TrySwitch(!wasOn))
            {
                wasOn = !wasOn;
                Console.WriteLine(wasOn ? "relay on: the board has power" : "relay off: the board has none");
            }

            Thread.Sleep(_pause);
        }

        int Millivolts() => !IsOn() ? 0 : File.Exists(sag) ? Sagging : Rail;

        bool IsOn() => File.ReadAllText(relay).StartsWith('1');

        bool TrySwitch(bool isOn) => isOn
            ? UsbIpHost.TryAttach(IPEndPoint.Parse(board))
            : UsbBoards.List().FirstOrDefault(found => found.Serial == serial) is { } found && UsbIpHost.TryDetach(found.Place);
    }
}
