namespace HilBench.Devices;

/// <summary>Where the built-in device libraries lie.</summary>
/// <param name="LibraryFolder">The folder of <c>libhilbench_rtl.so</c> and <c>libhilbench_rtl_faulty.so</c>.</param>
/// <param name="DeviceHost">The program that serves a user's library in a process of its own; null: it is opened in this one.</param>
public sealed record DeviceLocations(string LibraryFolder, string? DeviceHost = null)
{
    /// <summary>The Verilated reference device without faults.</summary>
    public string CleanRtl => Path.Combine(LibraryFolder, "libhilbench_rtl.so");

    /// <summary>The Verilated reference device with all faults compiled in, one selected at run time.</summary>
    public string FaultyRtl => Path.Combine(LibraryFolder, "libhilbench_rtl_faulty.so");
}
