namespace HilBench.Memory;

/// <summary>Reads swapped neighbours of a fault into the swap cache too.</summary>
/// <remarks>Models <c>swap_vma_readahead</c> with <c>swap_ra_info</c> and <c>__swapin_nr_pages</c>.</remarks>
internal static class SwapReadAhead
{
    private const int WindowMax = 8;
    private const int HitsMax = 63;

    /// <summary>Reads the slot under a fault and its neighbours. False: no memory.</summary>
    public static bool Read(
        AddressSpace mm, CpuOperation op, Vma vma, ulong address, ulong slot, out ulong frame)
    {
        var (start, end) = Window(vma, address);
        for (var at = start; at < end; at += 4096)
        {
            if (at == address || !mm.Tables.TryFind(at, PageTables.PteShift, out var pte, out _))
            {
                continue;
            }

            var entry = mm.Tables.Read(pte);
            if (entry.IsSwap && entry.SwapType == SwapType.Swap && !mm.Kernel.Swap.TryFind(entry.SwapOffset, out _)
                && mm.Kernel.Swap.TryRead(op, vma, address, entry.SwapOffset, out var neighbour))
            {
                mm.Kernel.Swap.MarkReadAhead(entry.SwapOffset);
            }
        }

        return mm.Kernel.Swap.TryRead(op, vma, address, slot, out frame);
    }

    /// <summary>A fault found its page in the cache: read-ahead that was of use makes the next window larger.</summary>
    /// <remarks>Models <c>lookup_swap_cache</c>.</remarks>
    public static void Hit(Vma vma, ulong address, bool wasReadAhead)
    {
        var state = vma.SwapWindow;
        vma.SwapWindow = state with
        {
            Address = address,
            Hits = Math.Min(state.Hits + (wasReadAhead ? 1 : 0), HitsMax),
        };
    }

    private static (ulong Start, ulong End) Window(Vma vma, ulong address)
    {
        var (last, size, hits) = vma.SwapWindow;
        var (page, previous) = (address >> 12, last >> 12);
        var window = (ulong)SizeOf(previous, page, hits, size);
        vma.SwapWindow = new SwapWindow(address, (int)window, 0);
        var left = page == previous + 1 ? 0 : previous == page + 1 ? window - 1 : (window - 1) / 2;
        var low = page > left ? (page - left) << 12 : 0;
        var high = (page + window - left) << 12;
        var table = address & ~(HugePages.Size - 1);
        return (Math.Max(low, Math.Max(vma.StartAddress, table)),
            Math.Min(high, Math.Min(vma.EndAddress, table + HugePages.Size)));
    }

    private static int SizeOf(ulong previous, ulong page, int hits, int last)
    {
        var pages = hits + 2;
        if (pages == 2)
        {
            pages = page == previous + 1 || page + 1 == previous ? 2 : 1;
        }
        else
        {
            var rounded = 4;
            while (rounded < pages)
            {
                rounded <<= 1;
            }

            pages = rounded;
        }

        return Math.Max(Math.Min(pages, WindowMax), last / 2);
    }
}
