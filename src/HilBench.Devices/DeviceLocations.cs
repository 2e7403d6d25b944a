namespace HilBench.Devices;

/// <summary>Where the built-in device libraries lie.</summary>
/// <param name="LibraryFolder">The folder of <c>libhilbench_rtl.so</c> and its variants: <c>_faulty</c>, <c>_small</c>, <c>_large</c>.</param>
/// <param name="DeviceHost">The program that serves a user's library in a process of its own; null: it is opened in this one.</param>
public sealed record DeviceLocations(string LibraryFolder, string? DeviceHost = null)
{
    /// <summary>The Verilated reference device without faults.</summary>
    public string CleanRtl => Path.Combine(LibraryFolder, "libhilbench_rtl.so");

    /// <summary>The Verilated reference device with all faults compiled in, one selected at run time.</summary>
    public string FaultyRtl => Path.Combine(LibraryFolder, "libhilbench_rtl_faulty.so");

    /// <summary>The Verilated board: shim, UART and reference device.</summary>
    /// <param name="fault">The mistake that the device makes; null for none.</param>
    public string RtlUart(string? fault) =>
        Path.Combine(LibraryFolder, fault is null ? "libhilbench_rtl_uart.so" : "libhilbench_rtl_uart_faulty.so");

    /// <summary>The Verilated reference device that a URI asks for.</summary>
    /// <param name="size">Its parameter set; the faulty build has only the standard one.</param>
    /// <param name="fault">The mistake that it makes; null for none.</param>
    public string Rtl(DeviceSize size, string? fault) => (size, fault) switch
    {
        (_, not null) => FaultyRtl,
        (DeviceSize.Small, _) => Path.Combine(LibraryFolder, "libhilbench_rtl_small.so"),
        (DeviceSize.Large, _) => Path.Combine(LibraryFolder, "libhilbench_rtl_large.so"),
        _ => CleanRtl,
    };
}
