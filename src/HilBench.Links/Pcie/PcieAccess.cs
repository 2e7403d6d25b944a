namespace HilBench.Links;

/// <summary>How the BAR of a PCI function is reached.</summary>
public enum PcieAccess
{
    /// <summary>By its file resourceN in sysfs: no driver may have it; root.</summary>
    Sysfs,

    /// <summary>By VFIO: the driver vfio-pci has it, behind an IOMMU; any user with the right to its group.</summary>
    Vfio,
}
