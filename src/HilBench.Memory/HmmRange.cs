using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>Looks up, and where wanted faults in, the pages of a range for a device driver.</summary>
/// <remarks>
/// Models <c>hmm_range_fault</c>: when a page needs a fault, the rest of its page table's part is faulted in as well,
/// and the walk goes on from there. No lock is held while entries are read: only the interval's sequence tells whether
/// the answer may be used.
/// </remarks>
internal static class HmmRange
{
    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, VirtualRange range, HmmAccess access, IntervalSubscription? interval,
        ulong sequence)
    {
        var (start, end) = (range.Start.Value & ~4095UL, AddressSpace.PageEnd(range));
        var pages = new HmmPage[(end - start) >> 12];
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("hmm_range_fault");
        }

        yield return AddressSpace.Taken("hmm_range_fault");
        for (var at = start; at < end && op.Errno == 0;)
        {
            if (interval is not null && IntervalNotifiers.MustRetry(interval, sequence))
            {
                op.Errno = ErrorNumber.Busy;
                break;
            }

            var part = new Part { Start = at };
            foreach (var point in Walk(mm, op, access, part, end, pages.AsMemory((int)((at - start) >> 12))))
            {
                yield return point;
            }

            at = part.Start;
        }

        op.HmmPages = op.Errno == 0 ? pages : [];
        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("hmm_range_fault");
    }

    /// <summary>Walks until a page was faulted in (-EBUSY in Linux) or to the end.</summary>
    private static IEnumerable<PreemptionPoint> Walk(
        AddressSpace mm, CpuOperation op, HmmAccess access, Part part, ulong end, Memory<HmmPage> pages)
    {
        var first = part.Start;
        while (part.Start < end)
        {
            var at = part.Start;
            var vma = mm.VmaList.Find(at);
            if (vma is null || (vma.Protection & Protection.Read) == 0)
            {
                var stop = Math.Min(end, vma?.EndAddress ?? mm.VmaList.StartingAtOrAfter(at)?.StartAddress ?? end);
                if (access != HmmAccess.Snapshot)
                {
                    op.Errno = ErrorNumber.Fault;
                    yield break;
                }

                pages.Span[(int)((at - first) >> 12)..(int)((stop - first) >> 12)].Fill(new(0, HmmFlags.Error, 0));
                part.Start = stop;
                continue;
            }

            var isFound = mm.Tables.TryFind(at, PageTables.PmdShift, out _, out var level);
            var next = Math.Min(Math.Min(end, vma.EndAddress),
                UnmapPages.NextBoundary(at, isFound ? PageTables.PmdShift : level));
            for (; part.Start < next; part.Start += 4096)
            {
                var page = Look(mm, part.Start, out var isMigrating);
                pages.Span[(int)((part.Start - first) >> 12)] = page;
                yield return new(PreemptionKind.None, "hmm_vma_walk_pmd");
                var needsWrite = access == HmmAccess.Write && !page.IsWritable;
                if (access == HmmAccess.Snapshot ? isMigrating : needsWrite || (!page.IsValid))
                {
                    foreach (var point in Fault(mm, op, vma, part.Start, next, needsWrite))
                    {
                        yield return point;
                    }

                    yield break;
                }
            }
        }
    }

    private static HmmPage Look(AddressSpace mm, ulong address, out bool isMigrating)
    {
        if (mm.Tables.TryWalk(new(address), out var walk))
        {
            isMigrating = false;
            var flags = HmmFlags.Valid | (walk.Entry.IsWritable ? HmmFlags.Writable : 0);
            return new HmmPage(walk.Translate(new(address)).Frame, flags, (byte)(walk.SizeShift - 12));
        }

        mm.Tables.TryFind(address, PageTables.PteShift, out var slot, out _);
        isMigrating = MigrationEntry.IsMigration(mm.Tables.Read(slot));
        return default;
    }

    /// <remarks>Models <c>hmm_vma_fault</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Fault(
        AddressSpace mm, CpuOperation op, Vma vma, ulong start, ulong end, bool isWrite)
    {
        if (isWrite && (vma.Protection & Protection.Write) == 0)
        {
            op.Errno = ErrorNumber.NotPermitted;
            yield break;
        }

        for (var at = start; at < end && op.Errno == 0; at += 4096)
        {
            foreach (var point in PageFault.Handle(mm, op, at, isWrite))
            {
                yield return point;
            }

            if (op.Signal != Signal.None)
            {
                op.Raise(Signal.None, 0);
                op.Errno = ErrorNumber.Fault;
            }
        }
    }

    private sealed class Part
    {
        /// <summary>Where the walk goes on.</summary>
        public ulong Start { get; set; }
    }
}
