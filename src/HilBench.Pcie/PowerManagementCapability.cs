namespace HilBench.Pcie;

/// <summary>The Power Management capability: offsets in bytes from its start.</summary>
public static class PowerManagementCapability
{
    /// <summary>Capability id.</summary>
    public const int Id = 0x01;

    /// <summary>Control and status register.</summary>
    public const int ControlStatus = 0x04;

    /// <summary>PowerState, bits 1:0 of the control and status register.</summary>
    public const uint PowerState = 3;

    /// <summary>PowerState: D0.</summary>
    public const uint D0 = 0;

    /// <summary>PowerState: D3hot.</summary>
    public const uint D3Hot = 3;
}
