using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>One entry of a translation cache, of the size that the CPU page table has there.</summary>
/// <param name="Start">First address; a multiple of the size.</param>
/// <param name="SizeShift">12, 21 or 30.</param>
/// <param name="Page">First byte of the page.</param>
/// <param name="IsWritable">Whether the device may write.</param>
public sealed record SecondaryTlbEntry(VirtualAddress Start, int SizeShift, PhysicalAddress Page, bool IsWritable)
{
    /// <summary>The byte after the last.</summary>
    public VirtualAddress End => Start.Add(1UL << SizeShift);

    /// <summary>How often each frame had been freed when the entry was filled, by index.</summary>
    public required IReadOnlyList<uint> Generations { get; init; }

    /// <summary>Whether it shares a byte with a range.</summary>
    public bool Overlaps(VirtualAddress start, VirtualAddress end) => Start < end && End > start;

    /// <summary>The translation of one page.</summary>
    public ShadowEntry At(VirtualAddress address)
    {
        var index = (address.Value - Start.Value) >> 12;
        return new ShadowEntry(Page.Add(index << 12), IsWritable, Generations[(int)index]);
    }
}
