namespace HilBench.Devices;

/// <summary>A PCIe function of this machine, as the kernel shows it.</summary>
/// <param name="Address">As in 0000:01:00.0.</param>
/// <param name="VendorId">Vendor ID.</param>
/// <param name="DeviceId">Device ID.</param>
/// <param name="ClassCode">24 bits.</param>
/// <param name="Driver">The driver that has it; empty for none.</param>
public sealed record PciFunction(string Address, ushort VendorId, ushort DeviceId, uint ClassCode, string Driver)
{
    /// <summary>Whether it has the ATS capability; null: only root may look that far.</summary>
    public bool? HasAts { get; init; }

    /// <summary>Whether it has the PASID capability; null: only root may look that far.</summary>
    public bool? HasPasid { get; init; }

    /// <summary>Whether it has the Page Request capability; null: only root may look that far.</summary>
    public bool? HasPageRequest { get; init; }

    /// <summary>Whether its ids are those of the reference device.</summary>
    public bool IsReference => VendorId == 0x1234 && DeviceId == 0x4154;
}
