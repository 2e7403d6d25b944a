namespace HilBench.Memory;

/// <summary>Entries that stand for a page while it moves.</summary>
/// <remarks>
/// Models <c>make_writable_migration_entry</c> and its relatives: frame in the low 40 bits of the offset.
/// </remarks>
internal static class MigrationEntry
{
    /// <summary>Before, an entry that was made dirty again became soft-dirty with it (pte_mkdirty of x86).</summary>
    private const int KeepsSoftDirtySince = 612;

    internal const ulong Young = 1UL << 40;
    internal const ulong Dirty = 1UL << 41;

    public static PageTableEntry Of(PageTableEntry entry, ulong frame, bool isExclusive)
    {
        var type = entry.IsWritable ? SwapType.MigrationWrite
            : isExclusive ? SwapType.MigrationReadExclusive : SwapType.MigrationRead;
        var offset = frame | (entry.IsAccessed ? Young : 0) | (entry.IsDirty ? Dirty : 0);
        var bits = ((entry.Value & PageTableEntry.SoftDirty) != 0 ? PageTableEntry.SwapSoftDirty : 0)
            | ((entry.Value & PageTableEntry.UffdWp) != 0 ? PageTableEntry.SwapUffdWp : 0);
        return PageTableEntry.OfSwap(type, offset).With(bits);
    }

    public static bool IsMigration(PageTableEntry entry) =>
        entry.IsSwap
            && entry.SwapType is SwapType.MigrationRead or SwapType.MigrationReadExclusive or SwapType.MigrationWrite;

    public static ulong FrameOf(PageTableEntry entry) => entry.SwapOffset & (Young - 1);

    /// <summary>The entry for one base page of a huge page that moves.</summary>
    public static PageTableEntry Part(PageTableEntry huge, ulong index) => PageTableEntry.OfSwap(huge.SwapType, huge.SwapOffset + index)
        .With(huge.Value & (PageTableEntry.SwapSoftDirty | PageTableEntry.SwapUffdWp));

    public static bool IsExclusive(PageTableEntry entry) =>
        entry.SwapType is SwapType.MigrationReadExclusive or SwapType.MigrationWrite;

    /// <summary>The present entry that comes after the move.</summary>
    /// <remarks>Models <c>remove_migration_pte</c>.</remarks>
    public static PageTableEntry Restore(PageTableEntry entry, Vma vma, ulong frame)
    {
        var bits = vma.PageBits & ~PageTableEntry.Accessed;
        bits |= (entry.SwapOffset & Young) != 0 ? PageTableEntry.Accessed : 0;
        var isDirty = (entry.SwapOffset & Dirty) != 0;
        var isSoftDirty = (entry.Value & PageTableEntry.SwapSoftDirty) != 0
            || (isDirty && vma.Mm.Kernel.Profile.Version < KeepsSoftDirtySince);
        bits |= isDirty ? PageTableEntry.Dirty : 0;
        bits |= isSoftDirty ? PageTableEntry.SoftDirty : 0;
        bits |= (entry.Value & PageTableEntry.SwapUffdWp) != 0 ? PageTableEntry.UffdWp : 0;
        bits |= entry.SwapType == SwapType.MigrationWrite && (vma.Protection & Protection.Write) != 0
            ? PageTableEntry.Writable : 0;
        return PageTableEntry.Of(frame, bits);
    }
}
