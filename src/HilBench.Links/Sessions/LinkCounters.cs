namespace HilBench.Links;

/// <summary>What one end of a link has seen since it was made.</summary>
public sealed class LinkCounters
{
    /// <summary>Good frames.</summary>
    public long Frames { get; internal set; }

    /// <summary>Frames with a wrong length or CRC.</summary>
    public long BrokenFrames { get; internal set; }

    /// <summary>NAKs sent.</summary>
    public long Naks { get; internal set; }

    /// <summary>Stream frames and requests sent again.</summary>
    public long Repeated { get; internal set; }

    /// <summary>Stream frames dropped because they were there already.</summary>
    public long Repetitions { get; internal set; }

    /// <summary>Frames of other sessions.</summary>
    public long Foreign { get; internal set; }

    /// <summary>Messages that were dropped: no session, or an unknown kind.</summary>
    public long Dropped { get; internal set; }

    /// <summary>Messages that were too short for their layout.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Bytes received.</summary>
    public long BytesIn { get; internal set; }

    /// <summary>Bytes sent.</summary>
    public long BytesOut { get; internal set; }
}
