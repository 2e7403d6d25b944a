using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// Whose translations. Bit 31: there is a PASID; bit 30: the function; bit 29: privileged; bits 19:0: the PASID.
/// </summary>
internal readonly record struct Context(uint Bits)
{
    private const uint PresentBit = 1u << 31;
    private const int FunctionShift = 30;
    private const uint FunctionBit = 1u << FunctionShift;
    private const uint PrivilegedBit = 1u << 29;

    public bool HasPasid => (Bits & PresentBit) != 0;

    public int Function => (int)(Bits >> FunctionShift) & 1;

    public bool IsPrivileged => (Bits & PrivilegedBit) != 0;

    public Pasid? Pasid => HasPasid ? new Pasid(Bits & Pcie.Pasid.MaxValue) : null;

    /// <summary>The context that an Invalidate Request names.</summary>
    public static Context Of(TlpView tlp, int function) =>
        new(FunctionPart(function) | (tlp.HasPasid ? PresentBit | tlp.Prefix.Pasid.Value : 0));

    public static Context Of(int function, Pasid pasid) => new(FunctionPart(function) | PresentBit | pasid.Value);

    /// <summary>As in the CONTEXT register of a slot; its other bits are ignored.</summary>
    public static Context FromRegister(uint value, int function, bool isPrivileged)
    {
        var isThere = (value & PresentBit) != 0;
        return new(FunctionPart(function)
            | (isThere ? value & (PresentBit | Pcie.Pasid.MaxValue) : 0)
            | (isThere && isPrivileged ? PrivilegedBit : 0));
    }

    /// <summary>The same PASID, or both none; function and mode are not looked at.</summary>
    public bool HasPasidOf(Context other) => ((Bits ^ other.Bits) & (PresentBit | Pcie.Pasid.MaxValue)) == 0;

    public bool HasPasidZeroOrNone => (Bits & Pcie.Pasid.MaxValue) == 0;

    /// <summary>Equal but for some bits of the PASID.</summary>
    public bool IsAlike(Context other, uint ignored) => ((Bits ^ other.Bits) & ~ignored) == 0;

    /// <summary>The same PASID of another function.</summary>
    public Context Of(int function) => new((Bits & ~FunctionBit) | FunctionPart(function));

    /// <summary>
    /// A Global entry of the other context serves this one: both have some PASID of the same function and mode.
    /// </summary>
    public bool SharesGlobalsOf(Context other) =>
        HasPasid && ((Bits ^ other.Bits) & (PresentBit | FunctionBit | PrivilegedBit)) == 0;

    public TlpOptions ToOptions(bool isExecute, int trafficClass) => new()
    {
        Prefix = Pasid is { } pasid ? new PasidPrefix(pasid, isExecute, IsPrivileged) : null,
        TrafficClass = trafficClass,
    };

    private static uint FunctionPart(int function) => (uint)function << FunctionShift;
}
