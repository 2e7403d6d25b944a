namespace HilBench.Memory;

/// <summary>
/// Where a page stands in the order in which reclaim looks at pages; lower comes first. A page that was never moved
/// stands where it was handed out.
/// </summary>
/// <param name="Identity">Stamp of the last page that was handed out before it came here.</param>
/// <param name="Move">Counts moves.</param>
/// <param name="Part">Index in the huge page that was split here.</param>
internal readonly record struct LruPosition(ulong Identity, ulong Move, uint Part) : IComparable<LruPosition>
{
    public int CompareTo(LruPosition other) =>
        Identity != other.Identity ? Identity.CompareTo(other.Identity)
        : Move != other.Move ? Move.CompareTo(other.Move) : Part.CompareTo(other.Part);
}
