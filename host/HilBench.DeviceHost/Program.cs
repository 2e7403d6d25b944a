using System.Globalization;
using System.Runtime.InteropServices;
using HilBench.Devices.Isolation;

namespace HilBench.DeviceHost;

/// <summary>
/// The process that a user's device library runs in: <c>HilBench.DeviceHost FILE LIBRARY OPTIONS PARENT</c>. Started by the
/// bench only.
/// </summary>
internal static partial class Program
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 4 || !int.TryParse(arguments[3], CultureInfo.InvariantCulture, out var parent))
        {
            Console.Error.WriteLine("hilbench: this program is started by the bench: run bin/hilbench run --device lib:./libmydevice.so");
            return 2;
        }

        // Ctrl-C goes to the whole group; the bench decides when its device ends.
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        _ = Duplicate(StandardError, StandardOutput);
        DeviceProcess.Serve(arguments[0], arguments[1], arguments[2], parent);
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);
}
