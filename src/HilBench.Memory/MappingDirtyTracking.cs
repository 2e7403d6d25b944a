using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>
/// Finds out which pages of a shared mapping were written, as graphics drivers do for memory that a device reads.
/// </summary>
/// <remarks>
/// Models <c>wp_shared_mapping_range</c> and <c>clean_record_shared_mapping_range</c> (5.5): one range for the part of
/// each mapping (<c>wp_clean_pre_vma</c>), and a CPU flush of what changed before its end (<c>wp_clean_post_vma</c>).
/// </remarks>
internal static class MappingDirtyTracking
{
    /// <param name="op">Who asks.</param>
    /// <param name="file">The file behind the mappings.</param>
    /// <param name="start">First byte in the file.</param>
    /// <param name="end">Byte after the last in the file.</param>
    /// <param name="records">
    /// Whether dirty pages become clean and are recorded; otherwise writable pages become read-only.
    /// </param>
    public static IEnumerable<PreemptionPoint> Run(
        CpuOperation op, MemoryFile file, ulong start, ulong end, bool records)
    {
        var kernel = op.AddressSpace.Kernel;
        if (!kernel.Profile.Has(CallSite.SharedWriteProtect) || ((start | end) & 4095) != 0)
        {
            op.Errno = ErrorNumber.Invalid;
            yield break;
        }

        while (!kernel.TryEnterRmap(op))
        {
            yield return AddressSpace.Waiting("i_mmap_lock_read");
        }

        yield return AddressSpace.Taken("walk_page_mapping");
        var written = new SortedSet<ulong>();
        foreach (var vma in file.Vmas.Where(vma => vma.IsShared && vma.HugetlbShift == 0).OrderBy(v => v.PageOffset)
            .ToArray())
        {
            var low = Math.Max(start >> 12, vma.PageOffset);
            var high = Math.Min(end >> 12, vma.PageOffset + ((vma.EndAddress - vma.StartAddress) >> 12));
            if (low < high)
            {
                var from = vma.StartAddress + ((low - vma.PageOffset) << 12);
                foreach (var point in InVma(op, vma, from, from + ((high - low) << 12), records, written))
                {
                    yield return point;
                }
            }
        }

        kernel.LeaveRmap(op);
        yield return AddressSpace.Dropped("walk_page_mapping");
        op.WrittenOffsets = [.. written];
    }

    private static IEnumerable<PreemptionPoint> InVma(
        CpuOperation op, Vma vma, ulong start, ulong end, bool records, SortedSet<ulong> written)
    {
        var mm = vma.Mm;
        var range = mm.Announce(CallSite.SharedWriteProtect, vma, start, end, NotifierEvent.ProtectionPage);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        var (flushStart, flushEnd) = (ulong.MaxValue, 0UL);
        for (var at = start; at < end;)
        {
            var next = Math.Min(end, UnmapPages.NextBoundary(at, PageTables.PmdShift));
            if (!mm.Tables.TryFind(at, PageTables.PteShift, out var first, out _))
            {
                at = next;
                continue;
            }

            while (!mm.TryLockTable(op, first))
            {
                yield return AddressSpace.Waiting("wp_pte");
            }

            yield return AddressSpace.Taken("wp_pte");
            for (; at < next; at += 4096)
            {
                mm.Tables.TryFind(at, PageTables.PteShift, out var slot, out _);
                var entry = mm.Tables.Read(slot);
                if (!entry.IsPresent || (records ? !entry.IsDirty : !entry.IsWritable))
                {
                    continue;
                }

                mm.SetEntry(op, slot, PageTables.PteShift, at,
                    entry.With(0, records ? PageTableEntry.Dirty : PageTableEntry.Writable));
                yield return AddressSpace.Changed(records ? "clean_record_pte" : "wp_pte");
                (flushStart, flushEnd) = (Math.Min(flushStart, at), at + 4096);
                written.Add(vma.IndexOf(at) << 12);
            }

            mm.UnlockTable(op, first);
            yield return AddressSpace.Dropped("wp_pte");
        }

        foreach (var point in flushEnd > 0
            ? mm.FlushCpuTlb(op, CallSite.SharedWriteProtect, flushStart, flushEnd) : [])
        {
            yield return point;
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }
}
