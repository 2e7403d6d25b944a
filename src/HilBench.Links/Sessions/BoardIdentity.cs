using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace HilBench.Links;

/// <summary>What a board says of itself in WELCOME. Source: docs/protocol.md, "Sessions".</summary>
/// <param name="Features">What it can do.</param>
/// <param name="ClockKhz">The device clock; 0 when it is not known.</param>
/// <param name="Name">For people.</param>
/// <param name="Version">The board's own version.</param>
/// <param name="Serial">Tells boards of one kind apart; may be empty.</param>
public sealed record BoardIdentity(BoardFeatures Features, uint ClockKhz, string Name, string Version, string Serial)
{
    private const int TextAt = 20;
    private const int MaxText = 96;

    /// <summary>Bytes of payload that it takes.</summary>
    public int LongestPayload { get; init; } = LinkLimits.MaxPayload;

    /// <summary>Milliseconds since it started, when it said so.</summary>
    public uint UptimeMs { get; init; }

    /// <summary>Reads the payload of WELCOME, or of the reply to DESCRIBE.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out BoardIdentity? identity)
    {
        identity = null;
        if (payload.Length < TextAt || !payload.StartsWith(SessionMessages.Magic)
            || BinaryPrimitives.ReadUInt16LittleEndian(payload[8..]) is var longest && longest < LinkLimits.MinBoardPayload)
        {
            return false;
        }

        var texts = Encoding.UTF8.GetString(payload[TextAt..]).Split('\0');
        identity = new BoardIdentity(
            (BoardFeatures)BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(payload[12..]),
            texts[0],
            texts.Length > 1 ? texts[1] : "",
            texts.Length > 2 ? texts[2] : "")
        {
            LongestPayload = Math.Min((int)longest, LinkLimits.MaxPayload),
            UptimeMs = BinaryPrimitives.ReadUInt32LittleEndian(payload[16..]),
        };
        return true;
    }

    /// <summary>Writes the payload of WELCOME.</summary>
    /// <param name="payload">Room for <see cref="LinkLimits.MaxReply"/> bytes.</param>
    /// <param name="uptimeMs">Milliseconds since the board started.</param>
    /// <returns>Bytes written.</returns>
    public int Write(Span<byte> payload, uint uptimeMs)
    {
        SessionMessages.Magic.CopyTo(payload);
        payload[4] = LinkLimits.Version;
        payload[5] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(payload[6..], (ushort)Features);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[8..], (ushort)LongestPayload);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[10..], 0);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[12..], ClockKhz);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[16..], uptimeMs);
        var text = Encoding.UTF8.GetBytes($"{Name}\0{Version}\0{Serial}\0");
        var length = Math.Min(text.Length, MaxText);
        text.AsSpan(0, length).CopyTo(payload[TextAt..]);
        return TextAt + length;
    }
}
