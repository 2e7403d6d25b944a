using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Whose translations: a PASID, or none. Bit 31: there is one; bits 19:0: it.</summary>
internal readonly record struct Context(uint Bits)
{
    private const uint PresentBit = 1u << 31;

    public bool HasPasid => (Bits & PresentBit) != 0;

    public Pasid? Pasid => HasPasid ? new Pasid(Bits & Pcie.Pasid.MaxValue) : null;

    public static Context Of(TlpView tlp) => new(tlp.HasPasid ? PresentBit | tlp.Prefix.Pasid.Value : 0);

    /// <summary>As in the CONTEXT register of a slot; its other bits are ignored.</summary>
    public static Context FromRegister(uint value) =>
        new((value & PresentBit) != 0 ? value & (PresentBit | Pcie.Pasid.MaxValue) : 0);
}
