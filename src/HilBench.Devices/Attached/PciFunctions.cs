using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices;

/// <summary>The PCIe functions of this machine. Nothing is opened but their configuration space, for reading.</summary>
/// <param name="sys">/sys, or a copy of it.</param>
public sealed class PciFunctions(string sys = "/sys")
{
    // Without privileges the kernel gives the first 64 bytes only.
    private const int WholeSpace = 4096;

    /// <summary>All of them, by address.</summary>
    public IReadOnlyList<PciFunction> List()
    {
        var folder = Path.Combine(sys, "bus", "pci", "devices");
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal).Select(Read).OfType<PciFunction>()]
            : [];
    }

    private static PciFunction? Read(string folder)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(Path.Combine(folder, "config"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        if (bytes.Length < 64)
        {
            return null;
        }

        var space = new Space(bytes);
        var id = space.Read(ConfigurationRegister.VendorDevice);
        var isWhole = bytes.Length >= 256;
        return new PciFunction(
            Path.GetFileName(folder), (ushort)id, (ushort)(id >> 16), space.Read(ConfigurationRegister.RevisionClass) >> 8, DriverOf(folder))
        {
            HasAts = isWhole ? Has(space, AtsCapability.Id) : null,
            HasPasid = isWhole ? Has(space, PasidCapability.Id) : null,
            HasPageRequest = isWhole ? Has(space, PageRequestCapability.Id) : null,
        };
    }

    private static bool Has(Space space, int id) => CapabilityWalk.FindExtended(space, id).IsFound;

    private static string DriverOf(string folder) =>
        new DirectoryInfo(Path.Combine(folder, "driver")).LinkTarget is { } driver ? Path.GetFileName(driver) : "";

    private sealed class Space(byte[] bytes) : IConfigurationReader
    {
        // A function without extended capabilities has 256 bytes: the rest reads as zero.
        public uint Read(int offset) =>
            offset is >= 0 and < WholeSpace && offset + 4 <= bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset)) : 0;
    }
}
