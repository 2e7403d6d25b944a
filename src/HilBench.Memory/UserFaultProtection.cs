namespace HilBench.Memory;

/// <summary>Sets or clears userfaultfd's write protection.</summary>
/// <remarks>
/// Models <c>change_pte_range</c> with MM_CP_UFFD_WP and MM_CP_UFFD_WP_RESOLVE; before 6.2 resolving does not make
/// entries
/// writable again.
/// </remarks>
internal sealed class UserFaultProtection(bool enables) : PageProtection
{
    public override PageTableEntry ApplyHuge(AddressSpace mm, Vma vma, PageTableEntry entry) =>
        !entry.IsMapped ? entry
        : enables ? entry.With(PageTableEntry.UffdWp, PageTableEntry.Writable)
        : entry.With(vma.IsShared && (vma.Protection & Protection.Write) != 0 ? PageTableEntry.Writable : 0,
            PageTableEntry.UffdWp);

    public override bool NeedsTables(Vma vma) => enables && UserFaults.UsesMarkers(vma);

    public override PageTableEntry Apply(AddressSpace mm, Vma vma, PageTableEntry entry)
    {
        if (entry.IsNone)
        {
            return enables && UserFaults.UsesMarkers(vma) && !entry.IsHuge ? UserFaults.Protected(entry) : entry;
        }

        if (UserFaults.IsMarker(entry))
        {
            return enables ? entry : default;
        }

        if (entry.IsSpecial && !UserFaults.UsesMarkers(vma))
        {
            return entry;
        }

        if (!entry.IsMapped)
        {
            return enables ? entry.With(PageTableEntry.SwapUffdWp) : entry.With(0, PageTableEntry.SwapUffdWp);
        }

        if (enables)
        {
            return entry.With(PageTableEntry.UffdWp, PageTableEntry.Writable);
        }

        var resolved = entry.With(0, PageTableEntry.UffdWp);
        return mm.Kernel.Profile.Version < 602
            ? resolved.With(0, vma.IsShared ? 0 : PageTableEntry.Writable)
            : base.Apply(mm, vma, resolved);
    }
}
