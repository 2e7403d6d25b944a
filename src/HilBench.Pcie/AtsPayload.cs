using System.Buffers.Binary;

namespace HilBench.Pcie;

/// <summary>
/// The one place that knows the byte order of ATS payloads: 64-bit values, upper DW first, big-endian (ats-rules A;
/// shipped silicon got it wrong). All other payloads are bytes in address order.
/// </summary>
public static class AtsPayload
{
    /// <summary>Reads one 64-bit ATS value from the start of <paramref name="bytes"/>.</summary>
    /// <returns>False when fewer than 8 bytes are there; the value is 0 then.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ulong value) =>
        BinaryPrimitives.TryReadUInt64BigEndian(bytes, out value);

    /// <summary>Writes one 64-bit ATS value to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 8 bytes of room.</exception>
    public static void Write(Span<byte> destination, ulong value) =>
        BinaryPrimitives.WriteUInt64BigEndian(destination, value);
}
