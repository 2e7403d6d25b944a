namespace HilBench.Memory;

/// <summary>From the first to the last address that was noted.</summary>
internal sealed class Extent
{
    /// <summary>Whether nothing was noted.</summary>
    public bool IsEmpty => Start >= End;

    /// <summary>First byte.</summary>
    public ulong Start { get; private set; } = ulong.MaxValue;

    /// <summary>Byte after the last.</summary>
    public ulong End { get; private set; }

    /// <summary>Notes a range.</summary>
    public void Add(ulong address, ulong sizeBytes)
    {
        Start = Math.Min(Start, address);
        End = Math.Max(End, address + sizeBytes);
    }
}
