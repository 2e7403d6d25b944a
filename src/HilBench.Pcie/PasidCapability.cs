namespace HilBench.Pcie;

/// <summary>The PASID extended capability: offsets in bytes from its start. Source: ats-rules A.11.</summary>
public static class PasidCapability
{
    /// <summary>Extended capability id.</summary>
    public const int Id = 0x001B;

    /// <summary>Capability register 15:0, control register 31:16.</summary>
    public const int CapabilityControl = 0x04;

    /// <summary>Capability bit 1: Execute Permission Supported.</summary>
    public const uint ExecuteSupported = 1u << 1;

    /// <summary>Capability bit 2: Privileged Mode Supported.</summary>
    public const uint PrivilegedSupported = 1u << 2;

    /// <summary>Enable in the DW at <see cref="CapabilityControl"/> (control bit 0).</summary>
    public const uint Enable = 1u << 16;

    /// <summary>Execute Permission Enable in the DW at <see cref="CapabilityControl"/> (control bit 1).</summary>
    public const uint ExecuteEnable = 1u << 17;

    /// <summary>Privileged Mode Enable in the DW at <see cref="CapabilityControl"/> (control bit 2).</summary>
    public const uint PrivilegedEnable = 1u << 18;

    /// <summary>Max PASID Width, bits, from the DW at <see cref="CapabilityControl"/>.</summary>
    public static int MaxWidth(uint capabilityControl) => (int)(capabilityControl >> 8) & 0x1F;
}
