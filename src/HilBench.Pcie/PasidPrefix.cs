namespace HilBench.Pcie;

/// <summary>The PASID TLP prefix: one DW in front of DW0. Source: ats-rules A.2.</summary>
/// <param name="Pasid">Bits 19:0.</param>
/// <param name="ExecuteRequested">ER, bit 20.</param>
/// <param name="PrivilegedRequested">PMR, bit 21.</param>
public readonly record struct PasidPrefix(
    Pasid Pasid, bool ExecuteRequested = false, bool PrivilegedRequested = false)
{
    private const uint ExecuteBit = 1u << 20;
    private const uint PrivilegedBit = 1u << 21;

    /// <summary>The prefix as a DW, top byte 0x91; the reserved bits 23:22 are 0.</summary>
    public uint ToDw() =>
        ((uint)TlpFormat.PasidPrefixByte << 24)
        | (PrivilegedRequested ? PrivilegedBit : 0)
        | (ExecuteRequested ? ExecuteBit : 0)
        | Pasid.Value;

    /// <summary>Takes the fields out of a DW; the top byte and the reserved bits are ignored.</summary>
    public static PasidPrefix FromDw(uint dw) =>
        new(new Pasid(dw & Pasid.MaxValue), (dw & ExecuteBit) != 0, (dw & PrivilegedBit) != 0);
}
