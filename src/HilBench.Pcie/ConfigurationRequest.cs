namespace HilBench.Pcie;

/// <summary>The header of a type 0 configuration request.</summary>
/// <param name="Requester">Who asks.</param>
/// <param name="Tag">Names the request among those outstanding.</param>
/// <param name="Destination">The function that is asked.</param>
/// <param name="RegisterNumber">Byte offset, a multiple of 4, 0 to 4092.</param>
public readonly record struct ConfigurationRequest(
    RequesterId Requester, byte Tag, RequesterId Destination, int RegisterNumber)
{
    /// <summary>Byte Enables; null for all four bytes.</summary>
    public byte? ByteEnable { get; init; }
}
