namespace HilBench.Memory;

/// <summary>Which page belongs to what, how often it is mapped, and where.</summary>
internal static class Rmap
{
    /// <summary>
    /// A page that nobody else knows becomes anonymous memory of the mapping (page_add_new_anon_rmap).
    /// </summary>
    public static void AddNewAnon(PhysicalMemory memory, ulong frame, Vma vma, ulong address)
    {
        ref var page = ref memory.State(frame);
        page.Flags |= FrameFlags.Anonymous | FrameFlags.AnonExclusive | FrameFlags.SwapBacked;
        page.MappingId = vma.AnonVma!.Id;
        page.Index = vma.IndexOf(address);
        if (page.Order == 0)
        {
            page.MapCount = 1;
        }
        else
        {
            page.EntireMapCount = 1;
        }
    }

    /// <summary>A large page that base entries map, with a reference each, becomes anonymous memory.</summary>
    /// <remarks>Models <c>folio_add_new_anon_rmap</c> for a folio smaller than a PMD.</remarks>
    public static void AddNewLarge(PhysicalMemory memory, ulong head, Vma vma, ulong address)
    {
        ref var page = ref memory.State(head);
        var count = 1UL << page.Order;
        page.Flags |= FrameFlags.Anonymous | FrameFlags.SwapBacked;
        page.MappingId = vma.AnonVma!.Id;
        page.Index = vma.IndexOf(address);
        page.RefCount += (int)count - 1;
        for (var i = 0UL; i < count; i++)
        {
            ref var part = ref memory.State(head + i);
            part.MapCount = 1;
            part.Flags |= FrameFlags.AnonExclusive;
        }
    }

    /// <summary>A mapping by a PTE goes away; the reference is dropped later.</summary>
    public static void RemovePte(PhysicalMemory memory, ulong frame) => memory.State(frame).MapCount--;

    /// <summary>
    /// Every mapping in which a page could be mapped, with the part of it, in the order in which Linux visits them.
    /// </summary>
    /// <remarks>Models <c>rmap_walk</c> with <c>vma_address</c> and <c>vma_address_end</c>.</remarks>
    public static List<(Vma Vma, ulong Start, ulong End)> Mappings(Kernel kernel, ulong head)
    {
        var page = kernel.Memory.State(head);
        if (page.Has(FrameFlags.Ksm))
        {
            return MergedMappings(kernel, head);
        }

        var vmas = kernel.MappingOf(page.MappingId) switch
        {
            AnonVma anon => anon.Vmas,
            MemoryFile file => file.Vmas,
            _ => [],
        };
        var found = new List<(Vma Vma, ulong Start, ulong End)>();
        var last = page.Index + (1UL << page.Order);
        foreach (var vma in vmas.OrderBy(vma => vma.PageOffset))
        {
            var pages = (vma.EndAddress - vma.StartAddress) >> 12;
            if (page.Index >= vma.PageOffset + pages || last <= vma.PageOffset)
            {
                continue;
            }

            var first = Math.Max(page.Index, vma.PageOffset);
            var end = Math.Min(last, vma.PageOffset + pages);
            found.Add((vma, vma.StartAddress + ((first - vma.PageOffset) << 12),
                vma.StartAddress + ((end - vma.PageOffset) << 12)));
        }

        return found;
    }

    /// <summary>
    /// A merged page: the addresses it was put at, then the same addresses in processes that were forked since.
    /// </summary>
    /// <remarks>Models <c>rmap_walk_ksm</c>.</remarks>
    private static List<(Vma Vma, ulong Start, ulong End)> MergedMappings(Kernel kernel, ulong frame)
    {
        var found = new List<(Vma Vma, ulong Start, ulong End)>();
        var items = kernel.Merging.NodeOf(frame)?.Items ?? [];
        for (var searchesForks = 0; searchesForks < 2; searchesForks++)
        {
            foreach (var item in items)
            {
                foreach (var vma in item.AnonVma!.Vmas.OrderBy(vma => vma.PageOffset))
                {
                    if (item.Address >= vma.StartAddress && item.Address < vma.EndAddress
                        && (item.Mm == vma.Mm) == (searchesForks == 0))
                    {
                        found.Add((vma, item.Address, item.Address + 4096));
                    }
                }
            }
        }

        return found;
    }

    /// <summary>All mappings of a page's frames and of the page as a whole.</summary>
    public static int TotalMapCount(PhysicalMemory memory, ulong head)
    {
        ref var page = ref memory.State(head);
        var count = page.EntireMapCount;
        for (var i = 0UL; i < 1UL << page.Order; i++)
        {
            count += memory.State(head + i).MapCount;
        }

        return count;
    }
}
