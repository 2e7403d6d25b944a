namespace HilBench.Links.Contract;

/// <summary>What a bad cable does to the bytes of each direction.</summary>
public sealed record CableFaults
{
    /// <summary>Of 1000 bytes, so many are altered.</summary>
    public int AlteredPerMille { get; init; }

    /// <summary>Of 1000 chunks, so many are lost.</summary>
    public int LostPerMille { get; init; }

    /// <summary>Of 1000 chunks, so many come twice.</summary>
    public int DoubledPerMille { get; init; }

    /// <summary>Of 1000 chunks, before so many nothing moves for 200 ms.</summary>
    public int StalledPerMille { get; init; }

    /// <summary>Bytes of a chunk, at most.</summary>
    public int ChunkBytes { get; init; } = 64;

    /// <summary>Nanoseconds that a byte takes on the line, one behind the other; 0: none. What is written waits without limit.</summary>
    public int ByteNs { get; init; }

    /// <summary>Microseconds from one end to the other.</summary>
    public int LatencyUs { get; init; } = 50;
}
