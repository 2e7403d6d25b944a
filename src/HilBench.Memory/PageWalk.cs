using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The result of a page-table walk that found a present leaf.</summary>
/// <param name="Entry">The leaf entry.</param>
/// <param name="SizeShift">Size of the page as a power of two: 12, 21 or 30.</param>
/// <param name="Page">Physical address of the page's first byte.</param>
/// <param name="IsWritable">Whether every level allows writes.</param>
/// <param name="IsExecutable">Whether no level forbids execution.</param>
/// <param name="IsUser">Whether every level allows user mode.</param>
/// <param name="EntryAddress">Where the leaf entry lies.</param>
public readonly record struct PageWalk(
    PageTableEntry Entry, int SizeShift, PhysicalAddress Page, bool IsWritable, bool IsExecutable, bool IsUser,
    PhysicalAddress EntryAddress)
{
    /// <summary>Bytes of the page.</summary>
    public ulong SizeBytes => 1UL << SizeShift;

    /// <summary>The physical address of a virtual one that lies in the page.</summary>
    public PhysicalAddress Translate(VirtualAddress address) => new(Page.Value | (address.Value & (SizeBytes - 1)));
}
