namespace HilBench.Notifiers;

/// <summary>A half-open range [Start, End) of virtual addresses in bytes; never empty, never wrapping.</summary>
public readonly record struct VirtualRange
{
    /// <summary>Makes the range [<paramref name="start"/>, <paramref name="end"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or its end lies below its start.</exception>
    public VirtualRange(VirtualAddress start, VirtualAddress end)
    {
        if (end <= start)
        {
            throw new ArgumentOutOfRangeException(nameof(end), $"[{start}, {end}) is empty");
        }

        Start = start;
        End = end;
    }

    /// <summary>The first byte.</summary>
    public VirtualAddress Start { get; }

    /// <summary>The byte after the last one.</summary>
    public VirtualAddress End { get; }

    /// <summary>Bytes in the range.</summary>
    public ulong SizeBytes => End.Value - Start.Value;

    /// <summary>The range of <paramref name="sizeBytes"/> bytes from <paramref name="start"/>.</summary>
    public static VirtualRange OfSize(VirtualAddress start, ulong sizeBytes) => new(start, start.Add(sizeBytes));

    /// <summary>Whether <paramref name="address"/> lies in the range.</summary>
    public bool Contains(VirtualAddress address) => address >= Start && address < End;

    /// <summary>Whether the two ranges share a byte.</summary>
    public bool Overlaps(VirtualRange other) => other.Start < End && other.End > Start;

    /// <summary>The range in hexadecimal.</summary>
    public override string ToString() => $"[{Start}, {End})";
}
