namespace HilBench.Pcie;

/// <summary>The Page Request extended capability: offsets in bytes from its start. Source: ats-rules A.11.</summary>
public static class PageRequestCapability
{
    /// <summary>Extended capability id.</summary>
    public const int Id = 0x0013;

    /// <summary>Control register 15:0, status register 31:16.</summary>
    public const int ControlStatus = 0x04;

    /// <summary>Outstanding page requests supported.</summary>
    public const int Capacity = 0x08;

    /// <summary>Outstanding page requests allowed.</summary>
    public const int Allocation = 0x0C;

    /// <summary>Control bit 0: Enable.</summary>
    public const uint Enable = 1u << 0;

    /// <summary>Control bit 1: Reset.</summary>
    public const uint Reset = 1u << 1;

    /// <summary>Response Failure in the DW at <see cref="ControlStatus"/> (status bit 0).</summary>
    public const uint ResponseFailure = 1u << 16;

    /// <summary>Unexpected PRG Index in the DW at <see cref="ControlStatus"/> (status bit 1).</summary>
    public const uint UnexpectedPrgIndex = 1u << 17;

    /// <summary>Stopped in the DW at <see cref="ControlStatus"/> (status bit 8).</summary>
    public const uint Stopped = 1u << 24;

    /// <summary>PRG Response PASID Required in the DW at <see cref="ControlStatus"/> (status bit 15).</summary>
    public const uint PrgResponsePasidRequired = 1u << 31;
}
