namespace HilBench.Pcie;

/// <summary>The ATS extended capability: offsets in bytes from its start. Source: ats-rules A.11.</summary>
public static class AtsCapability
{
    /// <summary>Extended capability id.</summary>
    public const int Id = 0x000F;

    /// <summary>Capability register 15:0, control register 31:16.</summary>
    public const int CapabilityControl = 0x04;

    /// <summary>Capability bit 5: Translation Requests are page aligned.</summary>
    public const uint PageAlignedRequest = 1u << 5;

    /// <summary>Capability bit 6: Global Invalidate Supported.</summary>
    public const uint GlobalInvalidateSupported = 1u << 6;

    /// <summary>Enable in the DW at <see cref="CapabilityControl"/> (control bit 15).</summary>
    public const uint Enable = 1u << 31;

    /// <summary>
    /// Lowest bit of the Smallest Translation Unit (5 bits) in the DW at <see cref="CapabilityControl"/>.
    /// </summary>
    public const int StuShift = 16;

    /// <summary>
    /// Invalidate Queue Depth, 1 to 32, from the DW at <see cref="CapabilityControl"/>; 0 in the field means 32.
    /// </summary>
    public static int InvalidateQueueDepth(uint capabilityControl) =>
        (capabilityControl & 0x1F) is var depth and not 0 ? (int)depth : 32;
}
