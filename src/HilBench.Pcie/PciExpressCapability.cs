namespace HilBench.Pcie;

/// <summary>The PCI Express capability: offsets in bytes from its start.</summary>
public static class PciExpressCapability
{
    /// <summary>Capability id.</summary>
    public const int Id = 0x10;

    /// <summary>Device Capabilities.</summary>
    public const int DeviceCapabilities = 0x04;

    /// <summary>Device Control 15:0, Device Status 31:16.</summary>
    public const int DeviceControl = 0x08;

    /// <summary>Device Capabilities 2.</summary>
    public const int DeviceCapabilities2 = 0x24;

    /// <summary>Device Control 2.</summary>
    public const int DeviceControl2 = 0x28;

    /// <summary>Device Capabilities: Function Level Reset is supported.</summary>
    public const uint FunctionLevelResetSupported = 1u << 28;

    /// <summary>Device Control: writing 1 is a function-level reset.</summary>
    public const uint InitiateFunctionLevelReset = 1u << 15;

    /// <summary>Device Control 2: AtomicOp Requester Enable.</summary>
    public const uint AtomicRequesterEnable = 1u << 6;

    /// <summary>Device Control: lowest bit of Max Payload Size (7:5).</summary>
    public const int MaxPayloadShift = 5;

    /// <summary>Device Control: lowest bit of Max Read Request Size (14:12).</summary>
    public const int MaxReadRequestShift = 12;

    /// <summary>Device Capabilities 2: End-End TLP Prefix Supported.</summary>
    public const uint EndEndPrefixSupported = 1u << 21;

    /// <summary>The bytes that a code of Max Payload Size or Max Read Request Size stands for: 128 to 16384.</summary>
    /// <param name="code">3 bits; 6 and 7 are reserved.</param>
    public static int SizeBytes(int code) => 128 << (code & 7);
}
