using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>One mapping: a range of addresses with one protection and one backing.</summary>
public sealed class Vma
{
    internal Vma(AddressSpace mm, ulong start, ulong end)
    {
        Mm = mm;
        StartAddress = start;
        EndAddress = end;
    }

    /// <summary>Its range.</summary>
    public VirtualRange Range => new(new(StartAddress), new(EndAddress));

    /// <summary>What may be done.</summary>
    public Protection Protection { get; internal set; }

    /// <summary>What was asked of it.</summary>
    public VmaFlags Flags { get; internal set; }

    /// <summary>The file behind it; null for private anonymous memory.</summary>
    public MemoryFile? File { get; internal set; }

    /// <summary>
    /// Page offset of its start: in the file, or for anonymous memory the page number it was made at.
    /// </summary>
    public ulong PageOffset { get; internal set; }

    /// <summary>The mm that it belongs to.</summary>
    public AddressSpace Mm { get; }

    /// <summary>Whether the mapping is shared.</summary>
    public bool IsShared => (Flags & VmaFlags.Shared) != 0;

    internal ulong StartAddress { get; set; }

    internal ulong EndAddress { get; set; }

    /// <summary>Where new anonymous pages are filed; null before the first.</summary>
    internal AnonVma? AnonVma { get; set; }

    /// <summary>Every anon_vma whose pages may be mapped here.</summary>
    internal List<AnonVma> AnonVmaChain { get; } = [];

    /// <summary>Whether the mapping is a COW one (is_cow_mapping).</summary>
    internal bool IsCow => !IsShared;

    /// <summary>Size of its hugetlb pages as a power of two; 0 for other mappings.</summary>
    internal int HugetlbShift { get; set; }

    /// <summary>What swap read-ahead knows of the mapping.</summary>
    internal SwapWindow SwapWindow { get; set; } = new(0, 0, 4);

    /// <summary>The node that memory for an address comes from; shared memory remembers it for all its mappings.</summary>
    /// <remarks>Models <c>get_vma_policy</c>.</remarks>
    internal byte NodeAt(ulong address) => File is { Kind: FileKind.SharedMemory } file ? file.NodeAt(IndexOf(address))
        : Has(VmaFlags.BoundRemote) ? Kernel.RemoteNode : Kernel.LocalNode;

    internal bool Has(VmaFlags flag) => (Flags & flag) != 0;

    internal ulong IndexOf(ulong address) => PageOffset + ((address - StartAddress) >> 12);

    /// <summary>
    /// Page bits of a new present entry: vm_page_prot. Private memory is never writable at first; shared memory is not
    /// while
    /// soft-dirty tracking waits for the first store.
    /// </summary>
    internal ulong PageBits => BitsOf(
        Protection, isWritable: IsShared && (Protection & Protection.Write) != 0 && Has(VmaFlags.SoftDirty)
            && !Has(VmaFlags.UffdWriteProtect)
            && File?.Kind is not (FileKind.Disk or FileKind.Dax)
            || IsShared && (Protection & Protection.Write) != 0 && HugetlbShift != 0);

    internal static ulong BitsOf(Protection protection, bool isWritable)
    {
        if (protection == Protection.None)
        {
            return PageTableEntry.ProtNone | PageTableEntry.Accessed;
        }

        return PageTableEntry.Present | PageTableEntry.User | PageTableEntry.Accessed
            | (isWritable ? PageTableEntry.Writable : 0)
            | ((protection & Protection.Execute) != 0 ? 0 : PageTableEntry.NoExecute);
    }
}
