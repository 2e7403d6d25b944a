namespace HilBench.Pcie;

/// <summary>
/// The numbers of the non-flit TLP format that reader and writer share. Source: ats-rules A.1 to A.3.
/// </summary>
public static class TlpFormat
{
    /// <summary>The longest TLP without a digest: prefix, 4-DW header, 1024 DWs of payload; bytes.</summary>
    public const int MaxSizeBytes = 4 + 16 + 4096;

    /// <summary>The longest TLP with a digest; bytes.</summary>
    public const int MaxSizeWithDigestBytes = MaxSizeBytes + 4;

    /// <summary>The longest payload; DWs.</summary>
    public const int MaxPayloadDw = 1024;

    /// <summary>Top byte of the PASID prefix.</summary>
    public const byte PasidPrefixByte = 0x91;

    /// <summary>
    /// The No Write flag of a Translation Request in the last address DW. One public source names the flag, none its
    /// place (ats-rules A.3): change it here and nowhere else.
    /// </summary>
    public const uint NoWriteBit = 1u << 0;

    /// <summary>The first address that needs the 64-bit header form: 4 GiB.</summary>
    public const ulong First64BitAddress = 1UL << 32;

    internal const uint FmtThreeDw = 0;
    internal const uint FmtFourDw = 1;
    internal const uint FmtWithData = 2;
    internal const uint FmtPrefix = 4;

    internal const uint TypeMemory = 0b00000;
    internal const uint TypeIo = 0b00010;
    internal const uint TypeConfiguration0 = 0b00100;
    internal const uint TypeConfiguration1 = 0b00101;
    internal const uint TypeCompletion = 0b01010;
    internal const uint TypeFetchAdd = 0b01100;
    internal const uint TypeSwap = 0b01101;
    internal const uint TypeCas = 0b01110;
    internal const uint TypeMessage = 0b10000;
    internal const uint RouteToRootComplex = 0b000;
    internal const uint RouteById = 0b010;

    internal const uint DigestBit = 1u << 15;
    internal const uint PoisonedBit = 1u << 14;
}
