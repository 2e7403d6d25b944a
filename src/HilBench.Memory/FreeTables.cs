using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Frees page tables that no mapping needs any more.</summary>
/// <remarks>Models <c>free_pgtables</c> and <c>free_pgd_range</c>.</remarks>
internal static class FreeTables
{
    /// <summary>
    /// Frees the tables of removed mappings. Tables that reach below <paramref name="floor"/> or above
    /// <paramref name="ceiling"/> (0: no limit) are shared with a neighbour and stay.
    /// </summary>
    public static IEnumerable<PreemptionPoint> Free(
        AddressSpace mm, CpuOperation op, MmuGather gather, List<Vma> vmas, ulong floor, ulong ceiling)
    {
        for (var i = 0; i < vmas.Count; i++)
        {
            // Neighbouring mappings within 2 MiB are handled in one go.
            var start = vmas[i].StartAddress;
            while (i + 1 < vmas.Count && vmas[i + 1].StartAddress <= vmas[i].EndAddress + (1UL << PageTables.PmdShift))
            {
                i++;
            }

            var limit = i + 1 < vmas.Count ? vmas[i + 1].StartAddress : ceiling;
            if (Level(mm, op, gather, mm.Tables.Root.Value, mm.Tables.TopShift, start, vmas[i].EndAddress, floor,
                limit))
            {
                yield return AddressSpace.Changed("free_pgtables");
            }
        }
    }

    private static bool Level(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong table, int shift, ulong start, ulong end,
            ulong floor, ulong ceiling)
    {
        if (!Trim(ref start, ref end, floor, ref ceiling, PageTables.PmdShift))
        {
            return false;
        }

        return Walk(mm, op, gather, table, shift, start, end, floor, ceiling);
    }

    private static bool Walk(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong table, int shift, ulong start, ulong end,
            ulong floor, ulong ceiling)
    {
        var isChanged = false;
        for (var address = start; address < end;)
        {
            var next = Math.Min(end, UnmapPages.NextBoundary(address, shift));
            var slot = table | (((address >> shift) & 511) << 3);
            var entry = mm.Tables.Read(slot);
            if (entry.IsPresent && !entry.IsHuge)
            {
                var below = entry.Value & PageTableEntry.FrameMask;
                if (shift == PageTables.PmdShift)
                {
                    mm.SetEntry(op, slot, shift, address, default);
                    gather.AddTable(below >> 12, address, shift);
                    isChanged = true;
                }
                else
                {
                    isChanged |= Walk(mm, op, gather, below, shift - 9, address, next, floor, ceiling);
                    isChanged |= FreeIfUnused(mm, op, gather, slot, below, shift, address, next, floor, ceiling);
                }
            }

            address = next;
        }

        return isChanged;
    }

    /// <summary>Frees a table when nothing outside [floor, ceiling) lies in what it covers.</summary>
    private static bool FreeIfUnused(
        AddressSpace mm, CpuOperation op, MmuGather gather, ulong slot, ulong table, int shift, ulong address,
            ulong next,
        ulong floor, ulong ceiling)
    {
        var start = address & ~((1UL << shift) - 1);
        if (start < floor)
        {
            return false;
        }

        if (ceiling != 0)
        {
            ceiling &= ~((1UL << shift) - 1);
            if (ceiling == 0)
            {
                return false;
            }
        }

        if (next - 1 > ceiling - 1)
        {
            return false;
        }

        mm.SetEntry(op, slot, shift, start, default);
        gather.AddTable(table >> 12, start, shift);
        return true;
    }

    /// <summary>free_pgd_range's rounding: to whole tables, not beyond floor and ceiling.</summary>
    private static bool Trim(ref ulong start, ref ulong end, ulong floor, ref ulong ceiling, int shift)
    {
        var size = 1UL << shift;
        start &= ~(size - 1);
        if (start < floor)
        {
            start += size;
            if (start == 0)
            {
                return false;
            }
        }

        if (ceiling != 0)
        {
            ceiling &= ~(size - 1);
            if (ceiling == 0)
            {
                return false;
            }
        }

        if (end - 1 > ceiling - 1)
        {
            end -= size;
        }

        return start <= end - 1;
    }
}
