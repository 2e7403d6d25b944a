namespace HilBench.Pcie;

/// <summary>Offsets in a type 0 configuration header, bytes.</summary>
public static class ConfigurationRegister
{
    /// <summary>Vendor ID 15:0, Device ID 31:16.</summary>
    public const int VendorDevice = 0x00;

    /// <summary>Command 15:0, Status 31:16.</summary>
    public const int CommandStatus = 0x04;

    /// <summary>Revision 7:0, class code 31:8.</summary>
    public const int RevisionClass = 0x08;

    /// <summary>Cache line 7:0, latency 15:8, header type 23:16.</summary>
    public const int HeaderType = 0x0C;

    /// <summary>The device has several functions, in the DW at <see cref="HeaderType"/>.</summary>
    public const uint MultiFunction = 1u << 23;

    /// <summary>Base address register 0.</summary>
    public const int Bar0 = 0x10;

    /// <summary>Offset of the first capability, bits 7:0.</summary>
    public const int CapabilitiesPointer = 0x34;

    /// <summary>Command bit 1: answers memory requests to its BARs.</summary>
    public const uint MemorySpaceEnable = 1u << 1;

    /// <summary>Command bit 2: may send memory requests.</summary>
    public const uint BusMasterEnable = 1u << 2;
}
