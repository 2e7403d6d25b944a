using HilBench.Devices;

namespace HilBench.Native.Tests;

/// <summary>The Verilated reference device, where it was built.</summary>
internal static class RtlLibraries
{
    public static IDevice Open(string? fault)
    {
        var locations = new DeviceLocations(Path.Combine(DeviceCompiler.Root, "out", "hdl"));
        var library = fault is null ? locations.CleanRtl : locations.FaultyRtl;
        if (!File.Exists(library))
        {
            Assert.Ignore($"the Verilated reference device is not built: {library} is not there");
        }

        var text = fault is null ? "rtl:" : $"rtl:?fault={fault}";
        Assert.That(DeviceUri.TryParse(text, out var uri, out var error), Is.True, error);
        try
        {
            return DeviceFactory.Open(uri!, locations);
        }
        catch (DeviceOpenException refusal) when (fault is not null && refusal.Message.Contains(fault, StringComparison.Ordinal))
        {
            Assert.Ignore($"the Verilated reference device does not have {fault}: {refusal.Message}");
            throw;
        }
    }
}
