using System.Runtime.InteropServices;

namespace HilBench.Links.Native;

/// <summary>Numbers and structures of VFIO's ioctls. Source: Linux, include/uapi/linux/vfio.h.</summary>
internal static class Vfio
{
    public const uint GetApiVersion = 0x3B64;
    public const uint CheckExtension = 0x3B65;
    public const uint SetIommu = 0x3B66;
    public const uint GroupGetStatus = 0x3B67;
    public const uint GroupSetContainer = 0x3B68;
    public const uint GroupGetDevice = 0x3B6A;
    public const uint DeviceGetRegionInfo = 0x3B6C;
    public const uint DeviceSetInterrupts = 0x3B6E;
    public const uint IommuMapDma = 0x3B71;
    public const uint IommuUnmapDma = 0x3B72;

    public const int ApiVersion = 0;
    public const int Type1Iommu = 1; // VFIO_TYPE1_IOMMU
    public const uint GroupIsViable = 1;

    public const uint ConfigurationRegion = 7; // VFIO_PCI_CONFIG_REGION_INDEX
    public const uint RegionCanMap = 4;        // VFIO_REGION_INFO_FLAG_MMAP

    public const uint MsiIndex = 1; // VFIO_PCI_MSI_IRQ_INDEX
    public const uint DataNone = 1 << 0;
    public const uint DataEventDescriptor = 1 << 2;
    public const uint ActionTrigger = 1 << 5;

    public const uint DmaRead = 1;
    public const uint DmaWrite = 2;

    /// <summary>struct vfio_group_status.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct GroupStatus
    {
        public uint Size;
        public uint Flags;
    }

    /// <summary>struct vfio_region_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct RegionInfo
    {
        public uint Size;
        public uint Flags;
        public uint Index;
        public uint CapabilityOffset;
        public ulong Length;
        public ulong Offset;
    }

    /// <summary>struct vfio_irq_set with one event descriptor.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct InterruptSet
    {
        public uint Size;
        public uint Flags;
        public uint Index;
        public uint Start;
        public uint Count;
        public int Descriptor;
    }

    /// <summary>struct vfio_iommu_type1_dma_map.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DmaMap
    {
        public uint Size;
        public uint Flags;
        public ulong Address;
        public ulong IoAddress;
        public ulong Length;
    }

    /// <summary>struct vfio_iommu_type1_dma_unmap.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DmaUnmap
    {
        public uint Size;
        public uint Flags;
        public ulong IoAddress;
        public ulong Length;
    }
}
