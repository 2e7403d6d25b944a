using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>What a slot is told to do.</summary>
public sealed record Operation(bool IsWrite, ulong Address, int LengthBytes)
{
    public Pasid? Pasid { get; init; }

    public uint Seed { get; init; } = 0x1000;

    public bool NoWrite { get; init; }

    public bool IsUntranslated { get; init; }

    public int TranslationsLog2 { get; init; }

    public byte Label { get; init; }

    /// <summary>Instead of read or write in COMMAND bits 1:0.</summary>
    public uint? RawOperation { get; init; }

    public static Operation Read(ulong address, int lengthBytes) => new(false, address, lengthBytes);

    public static Operation Write(ulong address, int lengthBytes) => new(true, address, lengthBytes);

    public uint Command => (RawOperation ?? (IsWrite ? 2u : 1u))
        | (NoWrite ? 4u : 0)
        | (IsUntranslated ? 8u : 0)
        | ((uint)TranslationsLog2 << 4)
        | ((uint)Label << 8);

    public uint Context => Pasid is { } pasid ? 0x8000_0000 | pasid.Value : 0;
}
