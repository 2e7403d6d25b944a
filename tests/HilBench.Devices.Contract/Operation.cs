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

    public int TrafficClass { get; init; }

    public int Function { get; init; }

    public bool IsExecute { get; init; }

    public bool IsPrivileged { get; init; }

    public bool AsksForPages { get; init; }

    /// <summary>Of an atomic.</summary>
    public bool IsCompareAndSwap { get; init; }

    /// <summary>Instead of read or write in COMMAND bits 1:0.</summary>
    public uint? RawOperation { get; init; }

    public static Operation Read(ulong address, int lengthBytes) => new(false, address, lengthBytes);

    public static Operation Atomic(ulong address) => new(false, address, 4) { RawOperation = 3 };

    public static Operation Write(ulong address, int lengthBytes) => new(true, address, lengthBytes);

    public uint Command => (RawOperation ?? (IsWrite ? 2u : 1u))
        | (NoWrite ? 4u : 0)
        | (IsUntranslated ? 8u : 0)
        | ((uint)TranslationsLog2 << 4)
        | (IsCompareAndSwap ? 0x80u : 0)
        | ((uint)Label << 8)
        | ((uint)TrafficClass << 16)
        | ((uint)Function << 19)
        | (IsExecute ? 1u << 20 : 0)
        | (IsPrivileged ? 1u << 21 : 0)
        | (AsksForPages ? 1u << 22 : 0);

    public uint Context => Pasid is { } pasid ? 0x8000_0000 | pasid.Value : 0;
}
