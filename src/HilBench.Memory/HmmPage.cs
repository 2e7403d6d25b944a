namespace HilBench.Memory;

/// <summary>One page as hmm_range_fault hands it to a device driver (an element of <c>hmm_pfns</c>).</summary>
/// <param name="Frame">Number of the frame; 0 unless valid.</param>
/// <param name="Flags">Whether it may be read and written.</param>
/// <param name="Order">Pages, as a power of two, that one CPU entry maps there: 0, 9 or 18.</param>
public readonly record struct HmmPage(ulong Frame, HmmFlags Flags, byte Order)
{
    /// <summary>Whether the device may read the page.</summary>
    public bool IsValid => (Flags & HmmFlags.Valid) != 0;

    /// <summary>Whether the device may write the page.</summary>
    public bool IsWritable => (Flags & HmmFlags.Writable) != 0;
}
