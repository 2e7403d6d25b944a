namespace HilBench.Links;

/// <summary>The limits of the protocol. Source: docs/protocol.md, "Limits".</summary>
public static class LinkLimits
{
    /// <summary>The only version that this code speaks.</summary>
    public const byte Version = 1;

    /// <summary>Bytes of the longest payload.</summary>
    public const int MaxPayload = 4128;

    /// <summary>Bytes of payload that every board takes.</summary>
    public const int MinBoardPayload = 64;

    /// <summary>Bytes of the longest payload of REQUEST.</summary>
    public const int MaxRequest = 64;

    /// <summary>Bytes of the longest payload of REPLY.</summary>
    public const int MaxReply = 128;

    /// <summary>Frames on their way in one direction, at most.</summary>
    public const int MaxFramesAhead = 64;

    /// <summary>Bytes of a frame without its payload: header and CRC.</summary>
    public const int FrameOverhead = FrameHeader.SizeBytes + CrcBytes;

    /// <summary>Bytes of the longest frame as it goes over the carrier.</summary>
    public static readonly int MaxWire = Cobs.MaxEncoded(MaxPayload + FrameOverhead) + 2;

    /// <summary>Bytes on the carrier that a frame has beside its payload, when this is short.</summary>
    internal const int WireOverhead = FrameOverhead + 3;

    internal const int CrcBytes = 4;
}
