namespace HilBench.Memory;

/// <summary>How the entries of a mapping get its page protection.</summary>
internal class PageProtection
{
    /// <summary>The entry after the change; the same entry when nothing changes.</summary>
    /// <remarks>
    /// Models <c>change_pte_range</c> with MM_CP_TRY_CHANGE_WRITABLE, and <c>can_change_pte_writable</c>.
    /// </remarks>
    public virtual PageTableEntry Apply(AddressSpace mm, Vma vma, PageTableEntry entry)
    {
        if (entry.IsNone || !entry.IsMapped)
        {
            return DeviceExclusive.Is(entry) ? DeviceExclusive.Protected(mm.Kernel, entry) : Swapped(entry);
        }

        var changed = entry.Modify(vma.PageBits);
        var mayWrite = (vma.Protection & Protection.Write) != 0 && !changed.IsWritable && changed.IsPresent;
        return mayWrite && CanWrite(mm, vma, changed) ? changed.With(PageTableEntry.Writable) : changed;
    }

    /// <summary>The entry of a hugetlb page after the change.</summary>
    /// <remarks>Models <c>hugetlb_change_protection</c>.</remarks>
    public virtual PageTableEntry ApplyHuge(AddressSpace mm, Vma vma, PageTableEntry entry) =>
        entry.IsSwap ? Swapped(entry) : entry.Modify(vma.PageBits);

    /// <summary>Whether entries are written where no table is yet.</summary>
    public virtual bool NeedsTables(Vma vma) => false;

    /// <summary>Whether an entry of private memory may be made writable without a fault.</summary>
    /// <remarks>Models <c>can_change_pte_writable</c>.</remarks>
    internal static bool CanWrite(AddressSpace mm, Vma vma, PageTableEntry entry)
    {
        var isTracked = !vma.Has(VmaFlags.SoftDirty) && (entry.Value & PageTableEntry.SoftDirty) == 0;
        if (isTracked || (entry.Value & PageTableEntry.UffdWp) != 0 || entry.IsSpecial)
        {
            return false;
        }

        if (!entry.IsDirty && (vma.IsShared || mm.Kernel.Profile.Version < 602))
        {
            return false;
        }

        if (vma.IsShared)
        {
            return true;
        }

        var isHugeOfOld = entry.IsHuge && mm.Kernel.Profile.Version < 602;
        return !isHugeOfOld && mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Has(FrameFlags.Anonymous)
            && mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive);
    }

    /// <summary>A migration entry loses the right to write.</summary>
    private static PageTableEntry Swapped(PageTableEntry entry) =>
        entry.IsSwap && entry.SwapType == SwapType.MigrationWrite
            ? PageTableEntry.OfSwap(SwapType.MigrationReadExclusive, entry.SwapOffset).With(entry.Value & 0xE)
            : entry;
}
