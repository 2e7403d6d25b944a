namespace HilBench.Links;

/// <summary>What one end of a link decides for itself.</summary>
public sealed record LinkSettings
{
    /// <summary>The first resend time in microseconds, beside the time on the carrier: SEQ-8.</summary>
    public long ResendUs { get; init; } = 10_000;

    /// <summary>Nanoseconds that a byte takes on the carrier; 0 when that does not matter.</summary>
    public long ByteNs { get; init; }

    /// <summary>Frames that are granted to the other side; 1 to <see cref="LinkLimits.MaxFramesAhead"/>.</summary>
    public int ReceiveFrames { get; init; } = LinkLimits.MaxFramesAhead;

    /// <summary>Messages that wait or are kept until they are acknowledged.</summary>
    public int SendMessages { get; init; } = LinkLimits.MaxFramesAhead;

    /// <summary>Bytes of payload that this end takes.</summary>
    public int LongestPayload { get; init; } = LinkLimits.MaxPayload;

    /// <summary>At a host: tells it from other hosts.</summary>
    public uint HostId { get; init; }

    /// <summary>At a host: the board is taken from another host.</summary>
    public bool TakesOver { get; init; }

    /// <summary>At a board: what it says of itself.</summary>
    public BoardIdentity? Board { get; init; }
}
