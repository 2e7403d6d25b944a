namespace HilBench.Pcie;

/// <summary>The header of a memory read or write.</summary>
/// <param name="Requester">Who asks.</param>
/// <param name="Tag">Names the request among those outstanding.</param>
/// <param name="Address">Byte address of the first DW; a multiple of 4.</param>
/// <param name="AddressType">AT.</param>
public readonly record struct MemoryRequest(
    RequesterId Requester, byte Tag, ulong Address, AddressType AddressType = AddressType.Untranslated)
{
    /// <summary>First DW Byte Enables; null for all four bytes.</summary>
    public byte? FirstByteEnable { get; init; }

    /// <summary>Last DW Byte Enables; null for what the length asks for: 0 for one DW, else all four bytes.</summary>
    public byte? LastByteEnable { get; init; }
}
