using System.Buffers.Binary;

namespace HilBench.Links;

/// <summary>The payloads of HELLO, REFUSE and GONE. Source: docs/protocol.md, "Sessions".</summary>
internal static class SessionMessages
{
    public const int HelloBytes = 16;
    public const int RefuseBytes = 12;
    public const int GoneBytes = 8;

    public const byte RefusedVersion = 1;
    public const byte RefusedBusy = 2;
    public const byte RefusedLimits = 3;

    public const byte GoneRestarted = 1;
    public const byte GoneReplaced = 2;
    public const byte GoneEnded = 3;

    private const int TakeOverBit = 1;

    public static ReadOnlySpan<byte> Magic => "HILB"u8;

    public static int WriteHello(Span<byte> payload, uint hostId, int longestPayload, bool takesOver)
    {
        payload[..HelloBytes].Clear();
        Magic.CopyTo(payload);
        payload[4] = LinkLimits.Version;
        payload[5] = LinkLimits.Version;
        payload[6] = takesOver ? (byte)TakeOverBit : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(payload[8..], (ushort)longestPayload);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[10..], hostId);
        return HelloBytes;
    }

    public static bool IsHello(ReadOnlySpan<byte> payload) => payload.Length >= HelloBytes && payload.StartsWith(Magic);

    public static bool HasOurVersion(ReadOnlySpan<byte> hello) => hello[4] <= LinkLimits.Version && hello[5] >= LinkLimits.Version;

    public static bool TakesOver(ReadOnlySpan<byte> hello) => (hello[6] & TakeOverBit) != 0;

    public static int LongestPayload(ReadOnlySpan<byte> hello) => BinaryPrimitives.ReadUInt16LittleEndian(hello[8..]);

    public static uint HostId(ReadOnlySpan<byte> hello) => BinaryPrimitives.ReadUInt32LittleEndian(hello[10..]);

    public static int WriteRefuse(Span<byte> payload, byte reason, uint served)
    {
        Magic.CopyTo(payload);
        payload[4] = LinkLimits.Version;
        payload[5] = LinkLimits.Version;
        payload[6] = reason;
        payload[7] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(payload[8..], served);
        return RefuseBytes;
    }

    public static bool IsRefuse(ReadOnlySpan<byte> payload) => payload.Length >= RefuseBytes && payload.StartsWith(Magic);

    public static int WriteGone(Span<byte> payload, byte reason, uint uptimeMs)
    {
        payload[..GoneBytes].Clear();
        payload[0] = reason;
        BinaryPrimitives.WriteUInt32LittleEndian(payload[4..], uptimeMs);
        return GoneBytes;
    }
}
