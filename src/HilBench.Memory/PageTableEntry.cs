namespace HilBench.Memory;

/// <summary>An x86-64 page-table entry as Linux lays it out.</summary>
/// <param name="Value">The 64 bits.</param>
/// <remarks>
/// Source: <c>arch/x86/include/asm/pgtable_types.h</c>, <c>pgtable_64.h</c>, <c>include/linux/swapops.h</c>.
/// </remarks>
public readonly record struct PageTableEntry(ulong Value)
{
    /// <summary>Present.</summary>
    public const ulong Present = 1;

    /// <summary>Writable.</summary>
    public const ulong Writable = 1 << 1;

    /// <summary>For user mode.</summary>
    public const ulong User = 1 << 2;

    /// <summary>Accessed.</summary>
    public const ulong Accessed = 1 << 5;

    /// <summary>Dirty.</summary>
    public const ulong Dirty = 1 << 6;

    /// <summary>A leaf above the lowest level.</summary>
    public const ulong PageSize = 1 << 7;

    /// <summary>Global; in an entry that is not present: PROT_NONE.</summary>
    public const ulong ProtNone = 1 << 8;

    /// <summary>Special: no page state behind it (the zero page).</summary>
    public const ulong Special = 1 << 9;

    /// <summary>Write-protected by userfaultfd.</summary>
    public const ulong UffdWp = 1 << 10;

    /// <summary>Soft-dirty.</summary>
    public const ulong SoftDirty = 1 << 11;

    /// <summary>Not executable.</summary>
    public const ulong NoExecute = 1UL << 63;

    /// <summary>Soft-dirty in an entry that is not present.</summary>
    public const ulong SwapSoftDirty = 1 << 1;

    /// <summary>userfaultfd write-protected, in an entry that is not present.</summary>
    public const ulong SwapUffdWp = 1 << 2;

    /// <summary>The swapped page was exclusive to its process.</summary>
    public const ulong SwapExclusive = 1 << 3;

    /// <summary>Bits 51 to 12: the frame.</summary>
    public const ulong FrameMask = 0x000F_FFFF_FFFF_F000;

    /// <summary>Bits of a table entry as Linux sets them (_PAGE_TABLE: P, RW, US, A, D).</summary>
    internal const ulong Table = Present | Writable | User | Accessed | Dirty;

    /// <summary>Whether nothing is there.</summary>
    public bool IsNone => (Value & ~(Dirty | Accessed)) == 0;

    /// <summary>Whether the hardware uses it.</summary>
    public bool IsPresent => (Value & Present) != 0;

    /// <summary>Whether it maps a page without access (PROT_NONE or NUMA hinting).</summary>
    public bool IsProtNone => (Value & (Present | ProtNone)) == ProtNone;

    /// <summary>Whether it maps a page, with or without access.</summary>
    public bool IsMapped => (Value & (Present | ProtNone)) != 0;

    /// <summary>Whether it is a swap, migration, poison or marker entry.</summary>
    public bool IsSwap => !IsNone && !IsMapped;

    /// <summary>Whether writes are allowed at this level.</summary>
    public bool IsWritable => (Value & Writable) != 0;

    /// <summary>Whether the page was written.</summary>
    public bool IsDirty => (Value & Dirty) != 0;

    /// <summary>Whether the page was used.</summary>
    public bool IsAccessed => (Value & Accessed) != 0;

    /// <summary>Whether it is a leaf at a level above the lowest.</summary>
    public bool IsHuge => (Value & PageSize) != 0 && IsMapped;

    /// <summary>Whether it has no page state behind it.</summary>
    public bool IsSpecial => IsMapped && (Value & Special) != 0;

    /// <summary>
    /// The frame that it maps or the table that it points to. Entries that are not present hold it inverted.
    /// </summary>
    public ulong Frame => ((IsPresent ? Value : ~Value) & FrameMask) >> 12;

    /// <summary>Type of a swap entry (5 bits).</summary>
    public SwapType SwapType => (SwapType)(Value >> 59);

    /// <summary>Offset of a swap entry: slot or frame.</summary>
    public ulong SwapOffset => (~Value << 5) >> 14;

    /// <summary>A swap entry.</summary>
    public static PageTableEntry OfSwap(SwapType type, ulong offset) =>
        new(((~offset << 14) >> 5) | ((ulong)type << 59));

    /// <summary>This entry with bits set and others cleared.</summary>
    public PageTableEntry With(ulong set, ulong clear = 0) => new((Value & ~clear) | set);

    /// <summary>This entry with other protection bits; the frame is kept and, for PROT_NONE, inverted.</summary>
    internal PageTableEntry Modify(ulong protection)
    {
        const ulong kept = Accessed | Dirty | SoftDirty | UffdWp | Special | PageSize;
        return Of(Frame, (Value & kept) | (protection & ~kept));
    }

    /// <summary>An entry that maps <paramref name="frame"/> with the given bits.</summary>
    internal static PageTableEntry Of(ulong frame, ulong bits)
    {
        var address = frame << 12;
        return new((((bits & Present) == 0 ? ~address : address) & FrameMask) | bits);
    }
}
