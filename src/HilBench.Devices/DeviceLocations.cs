namespace HilBench.Devices;

/// <summary>Where the built-in device libraries lie.</summary>
/// <param name="LibraryFolder">The folder of <c>libhilbench_rtl.so</c> and <c>libhilbench_rtl_faulty.so</c>.</param>
public sealed record DeviceLocations(string LibraryFolder)
{
    /// <summary>The Verilated reference device without faults.</summary>
    public string CleanRtl => Path.Combine(LibraryFolder, "libhilbench_rtl.so");

    /// <summary>The Verilated reference device with all faults compiled in, one selected at run time.</summary>
    public string FaultyRtl => Path.Combine(LibraryFolder, "libhilbench_rtl_faulty.so");
}
