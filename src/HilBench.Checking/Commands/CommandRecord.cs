namespace HilBench.Checking;

/// <summary>Journal payload of CommandStarted: one DMA operation that the exerciser was told to do.</summary>
/// <param name="Va">First byte, untranslated.</param>
/// <param name="LengthBytes">Bytes.</param>
/// <param name="Pasid">The PASID; <see cref="uint.MaxValue"/>: none.</param>
/// <param name="Seed">DW k of a write carries Seed + k.</param>
/// <param name="Slot">Names the operation until it ends: 0 to 63.</param>
/// <param name="Label">The host's own number for it.</param>
/// <param name="IsWrite">Writes to host memory.</param>
/// <param name="IsUntranslated">Sent with AT = 00.</param>
public readonly record struct CommandRecord(
    ulong Va, int LengthBytes, uint Pasid, uint Seed, byte Slot, byte Label, bool IsWrite, bool IsUntranslated)
{
    /// <summary>Number of the function that does it.</summary>
    public byte Function { get; init; }

    /// <summary>Reads and writes at once; then <see cref="IsWrite"/> is set, too.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>Of an atomic: compare with Seed and swap Seed + 1; otherwise Seed is added.</summary>
    public bool IsCompareSwap { get; init; }

    /// <summary>Asks for execute permission, and needs it.</summary>
    public bool IsExecute { get; init; }

    /// <summary>Works in privileged mode.</summary>
    public bool IsPrivileged { get; init; }
}
