using HilBench.Devices;

namespace HilBench.Cli;

/// <summary>Where the build puts what the command needs, seen from the command itself.</summary>
internal static class BuiltFolders
{
    /// <summary>The reference device's libraries, and the program that serves a user's library.</summary>
    public static DeviceLocations Devices { get; } = new(
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "hdl")),
        Path.Combine(AppContext.BaseDirectory, "HilBench.DeviceHost.dll"));

    /// <summary>The benchmark's hand-written loop.</summary>
    public static string ClosedLoop { get; } =
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "bench", "libhilbench_closed_loop.so"));
}
