namespace HilBench.Memory;

/// <summary>Large folios smaller than 2 MiB (mTHP): 16 KiB to 1 MiB of anonymous memory at one fault.</summary>
/// <remarks>Models <c>alloc_anon_folio</c> and <c>wp_can_reuse_anon_folio</c>.</remarks>
internal static class LargeFolios
{
    /// <summary>6.8, within the kernels that the profile of 6.6 stands for.</summary>
    private const int Since = 606;

    private const int ReuseSince = 615;
    private const int OrderMin = 2;

    public static LargeFolioUse[] AtBoot()
    {
        var uses = new LargeFolioUse[HugePages.Order + 1];
        uses[HugePages.Order] = LargeFolioUse.Inherit;
        return uses;
    }

    /// <summary>Whether the mapping may have folios of that order.</summary>
    /// <remarks>Models <c>thp_vma_allowable_orders</c>.</remarks>
    public static bool IsAllowed(Vma vma, int order)
    {
        var kernel = vma.Mm.Kernel;
        return !vma.Has(VmaFlags.NoHugePage) && (order == HugePages.Order || kernel.Profile.Version >= Since)
            && kernel.LargeFolioUses[order] switch
            {
                LargeFolioUse.Always => true,
                LargeFolioUse.Madvise or LargeFolioUse.Inherit => vma.Has(VmaFlags.HugePage),
                _ => false,
            };
    }

    /// <summary>Allocates the largest folio that is allowed and fits, at least one page. False: no memory.</summary>
    public static bool TryAllocate(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, out ulong frame, out int order)
    {
        for (order = vma.Has(UserFaults.All) ? 0 : HugePages.Order - 1; order >= OrderMin; order--)
        {
            if (Fits(mm, vma, address, order) && mm.Kernel.TryAllocate(op, vma, address, order, out frame))
            {
                return true;
            }
        }

        order = 0;
        return mm.Kernel.TryAllocate(op, vma, address, 0, out frame);
    }

    /// <summary>Whether nothing is mapped where an aligned folio around the address would go.</summary>
    public static bool IsRoom(AddressSpace mm, ulong address, int order)
    {
        var start = address & ~((4096UL << order) - 1);
        for (var i = 0UL; i < 1UL << order; i++)
        {
            if (!mm.Tables.TryFind(start + (i << 12), PageTables.PteShift, out var slot, out _)
                || !mm.Tables.Read(slot).IsNone)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a store may go to a page of a large folio that was shared once.</summary>
    /// <remarks>
    /// Up to 6.7 when it is the last reference; then not at all; from 6.15 on when only this process maps the folio.
    /// </remarks>
    public static bool TryReuse(AddressSpace mm, Vma vma, ulong frame, ulong head)
    {
        ref var folio = ref mm.Memory.State(head);
        var version = mm.Kernel.Profile.Version;
        var canReuse = version < Since ? folio.RefCount == 1
            : version >= ReuseSince && folio.RefCount == Rmap.TotalMapCount(mm.Memory, head) && !IsMappedElsewhere(mm, head);
        if (canReuse)
        {
            mm.Memory.State(frame).Flags |= FrameFlags.AnonExclusive;
            folio.MappingId = version < Since ? vma.AnonVma!.Id : folio.MappingId;
        }

        return canReuse;
    }

    /// <summary>
    /// How many entries from an address on map a large folio page by page, within [address, end); the whole folio only
    /// when the address has its first page.
    /// </summary>
    /// <remarks>Models <c>madvise_folio_pte_batch</c>.</remarks>
    public static ulong CountMapped(AddressSpace mm, ulong address, ulong end, ulong head)
    {
        var count = 0UL;
        mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _);
        var first = mm.Tables.Read(slot).Frame;
        var limit = Math.Min(end, UnmapPages.NextBoundary(address, PageTables.PmdShift));
        for (var at = address; at < limit && first + count < head + (1UL << mm.Memory.State(head).Order); at += 4096)
        {
            mm.Tables.TryFind(at, PageTables.PteShift, out slot, out _);
            var entry = mm.Tables.Read(slot);
            if (!entry.IsMapped || entry.IsSpecial || entry.Frame != first + count)
            {
                break;
            }

            count++;
        }

        return count;
    }

    private static bool IsMappedElsewhere(AddressSpace mm, ulong head)
    {
        foreach (var (vma, start, end) in Rmap.Mappings(mm.Kernel, head))
        {
            for (var at = start; vma.Mm != mm && at < end; at += 4096)
            {
                if (vma.Mm.Tables.TryWalk(new(at), out var walk)
                    && mm.Memory.HeadOf(walk.Translate(new(at)).Frame) == head)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Fits(AddressSpace mm, Vma vma, ulong address, int order)
    {
        var start = address & ~((4096UL << order) - 1);
        return IsAllowed(vma, order) && start >= vma.StartAddress && start + (4096UL << order) <= vma.EndAddress
            && IsRoom(mm, address, order);
    }
}
