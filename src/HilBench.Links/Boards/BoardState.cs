using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>The results of STATE. Source: docs/protocol.md, "Control".</summary>
/// <param name="IsPowered">Every rail is on and good.</param>
/// <param name="IsPerstReleased">PERST# is high: the device is not held in reset.</param>
/// <param name="IsReferenceClockOn">The reference clock runs.</param>
/// <param name="IsDevicePresent">A device is plugged in.</param>
/// <param name="Fault">What switched the rails off, until they are on again or the fault log is emptied; None for nothing.</param>
/// <param name="Uptime">Since the board started.</param>
public sealed record BoardState(
    bool IsPowered, bool IsPerstReleased, bool IsReferenceClockOn, bool IsDevicePresent, BoardEvent Fault, TimeSpan Uptime)
{
    internal const int SizeBytes = 12;

    internal static BoardState Read(ReadOnlySpan<byte> results) => new(
        results[0] != 0,
        results[1] != 0,
        results[2] != 0,
        results[3] != 0,
        (BoardEvent)BinaryPrimitives.ReadUInt16LittleEndian(results[4..]),
        TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(results[8..])));

    internal int Write(Span<byte> results)
    {
        results[0] = IsPowered ? (byte)1 : (byte)0;
        results[1] = IsPerstReleased ? (byte)1 : (byte)0;
        results[2] = IsReferenceClockOn ? (byte)1 : (byte)0;
        results[3] = IsDevicePresent ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(results[4..], (ushort)Fault);
        BinaryPrimitives.WriteUInt16LittleEndian(results[6..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(results[8..], (uint)Uptime.TotalMilliseconds);
        return SizeBytes;
    }
}
