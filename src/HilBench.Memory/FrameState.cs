using System.Runtime.InteropServices;

namespace HilBench.Memory;

/// <summary>
/// The kernel's knowledge of one frame: 48 bytes. For a compound page the head's counts; MapCount is per frame.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FrameState
{
    public ulong Identity;
    public int RefCount;

    /// <summary>Mappings of this frame by PTEs.</summary>
    public int MapCount;

    /// <summary>Mappings of the whole compound page by one entry; head only.</summary>
    public int EntireMapCount;

    /// <summary>First frame of the compound page; next free block while free.</summary>
    public uint Head;

    /// <summary>The anon_vma or file that the page belongs to; 0 for none.</summary>
    public int MappingId;

    /// <summary>References of drivers that read or write it by DMA (pin_user_pages); head only.</summary>
    public int PinCount;

    /// <summary>Page offset in it; for swapped pages the slot is kept in the entry.</summary>
    public ulong Index;

    public FrameFlags Flags;
    public byte Order;

    public readonly bool Has(FrameFlags flag) => (Flags & flag) != 0;
}
