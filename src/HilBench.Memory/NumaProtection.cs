namespace HilBench.Memory;

/// <summary>Takes the protection of pages that lie on another node than the CPUs', so that their next use is noticed.</summary>
/// <remarks>
/// Models <c>change_pte_range</c> and <c>change_huge_pmd</c> with MM_CP_PROT_NUMA. Before 6.2 the right to write is kept
/// in the entry (savedwrite).
/// </remarks>
internal sealed class NumaProtection : PageProtection
{
    /// <summary>Since this version the right to write is found out at the fault.</summary>
    internal const int ForgetsWriteSince = 602;

    public override PageTableEntry Apply(AddressSpace mm, Vma vma, PageTableEntry entry)
    {
        if (!entry.IsPresent || entry.IsSpecial)
        {
            return entry;
        }

        var head = mm.Memory.HeadOf(entry.Frame);
        var page = mm.Memory.State(head);
        var isLeftAlone = page.Has(FrameFlags.Zero) || mm.Memory.State(entry.Frame).Has(FrameFlags.Ksm)
            || page.Node == Kernel.LocalNode
            || (vma.IsCow && !entry.IsHuge && page.RefCount != 1)
            || (!page.Has(FrameFlags.SwapBacked) && page.Has(FrameFlags.Dirty));
        if (isLeftAlone)
        {
            return entry;
        }

        var keeps = mm.Kernel.Profile.Version < ForgetsWriteSince && entry.IsWritable ? PageTableEntry.Writable : 0;
        return entry.Modify(Vma.BitsOf(Protection.None, isWritable: false) & ~PageTableEntry.Accessed).With(keeps);
    }
}
