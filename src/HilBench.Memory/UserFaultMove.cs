using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>UFFDIO_MOVE: pages of one process go to another address without a copy.</summary>
/// <remarks>
/// Models <c>move_pages</c>, <c>move_pages_pte</c> and <c>move_pages_huge_pmd</c> of <c>mm/userfaultfd.c</c> (6.8). The
/// old address is announced, cleared and flushed before the page is mapped at the new one.
/// </remarks>
internal static class UserFaultMove
{
    /// <summary>From here on the base pages of one page table move under one range and one flush.</summary>
    private const int BatchesSince = 618;

    public static IEnumerable<PreemptionPoint> Run(
        AddressSpace mm, CpuOperation op, VirtualRange source, ulong target, bool allowsHoles)
    {
        while (!mm.TryLockMmap(op, write: false))
        {
            yield return AddressSpace.Waiting("move_pages");
        }

        yield return AddressSpace.Taken("move_pages");
        op.Errno = Check(mm, source, target, out var from, out var to);
        if (op.Errno == 0)
        {
            VmaChange.PrepareAnon(mm, to!);
            var move = new Move(mm, op, from!, to!, allowsHoles)
            {
                Source = source.Start.Value,
                Target = target,
                End = source.End.Value,
            };
            foreach (var point in Pages(move))
            {
                yield return point;
            }

            op.DoneBytes = move.Source - source.Start.Value;
            op.Errno = op.DoneBytes == 0 || op.Errno == 0 ? op.Errno : ErrorNumber.Again;
        }

        mm.UnlockMmap(op);
        yield return AddressSpace.Dropped("move_pages");
    }

    /// <remarks>Models <c>validate_move_areas</c>.</remarks>
    private static int Check(AddressSpace mm, VirtualRange source, ulong target, out Vma? from, out Vma? to)
    {
        from = mm.VmaList.Find(source.Start.Value);
        to = mm.VmaList.Find(target);
        if (!mm.Kernel.Profile.Has(CallSite.UffdMove) || ((source.Start.Value | source.End.Value | target) & 4095) != 0)
        {
            return ErrorNumber.Invalid;
        }

        if (from is null || to is null)
        {
            return ErrorNumber.NoEntry;
        }

        var isInside = source.End.Value <= from.EndAddress && target + source.SizeBytes <= to.EndAddress;
        var isAlike = from.Protection == to.Protection && from.Has(VmaFlags.Locked) == to.Has(VmaFlags.Locked)
            && (from.Protection & Protection.Write) != 0;
        var isAnonymous = from is { File: null, HugetlbShift: 0 } && to is { File: null, HugetlbShift: 0 };
        return isInside && isAlike && isAnonymous && to.Has(UserFaults.All) ? 0 : ErrorNumber.Invalid;
    }

    private static IEnumerable<PreemptionPoint> Pages(Move move)
    {
        var (mm, op) = (move.Mm, move.Op);
        while (move.Source < move.End && op.Errno == 0)
        {
            if (!mm.TryMakeTables(op, move.Target, PageTables.PmdShift, out var dst))
            {
                op.Errno = ErrorNumber.NoMemory;
                yield break;
            }

            var isFound = mm.Tables.TryFind(move.Source, PageTables.PmdShift, out var src, out _);
            var entry = isFound ? mm.Tables.Read(src) : default;
            if (mm.Tables.Read(dst).IsHuge)
            {
                op.Errno = ErrorNumber.Exists;
            }
            else if (entry.IsHuge)
            {
                foreach (var point in HugeEntry(move, src, dst, entry))
                {
                    yield return point;
                }
            }
            else if (entry.IsNone && !move.AllowsHoles)
            {
                op.Errno = ErrorNumber.NoEntry;
            }
            else if (!entry.IsNone && !entry.IsPresent)
            {
                yield return AddressSpace.Waiting("pmd_migration_entry_wait");
            }
            else
            {
                foreach (var point in Entries(move))
                {
                    yield return point;
                }
            }
        }
    }

    /// <summary>A huge page that moves as a whole, or is split first.</summary>
    private static IEnumerable<PreemptionPoint> HugeEntry(Move move, ulong src, ulong dst, PageTableEntry entry)
    {
        var (mm, op) = (move.Mm, move.Op);
        var isZero = mm.Memory.State(entry.Frame).Has(FrameFlags.Zero);
        var isWhole = ((move.Source | move.Target) & (HugePages.Size - 1)) == 0
            && move.End - move.Source >= HugePages.Size && mm.Tables.Read(dst).IsNone;
        if (!isZero && !mm.Memory.State(entry.Frame).Has(FrameFlags.AnonExclusive))
        {
            op.Errno = ErrorNumber.Busy;
            return [];
        }

        return isWhole ? Huge(move, src, dst, entry) : HugePages.Split(mm, op, move.From, move.Source);
    }

    private static IEnumerable<PreemptionPoint> Huge(Move move, ulong src, ulong dst, PageTableEntry seen)
    {
        var (mm, op) = (move.Mm, move.Op);
        var range = mm.Announce(CallSite.UffdMove, move.From, move.Source, move.Source + HugePages.Size,
            NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        foreach (var point in Lock(move, src, dst))
        {
            yield return point;
        }

        var isSame = mm.Tables.Read(src) == seen && mm.Tables.Read(dst).IsNone;
        if (isSame)
        {
            foreach (var point in HugePages.Invalidate(
                mm, op, CallSite.UffdMove, src, move.Source, seen, clears: true, removes: true))
            {
                yield return point;
            }

            var moved = PageTableEntry.Of(seen.Frame, move.To.PageBits | PageTableEntry.PageSize);
            if (!mm.Memory.State(seen.Frame).Has(FrameFlags.Zero))
            {
                Adopt(move, seen.Frame, move.Target);
                moved = moved.With(PageFault.WriteBits(move.To));
            }

            mm.SetEntry(op, dst, HugePages.Shift, move.Target, moved);
            yield return AddressSpace.Changed("move_pages_huge_pmd");
            HugePages.DepositTable(mm, dst, mm.Deposits[src >> 12].Pop());
        }

        Unlock(move, src, dst);
        yield return AddressSpace.Dropped("move_pages_huge_pmd");
        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }

        move.Advance(isSame ? HugePages.Size : 0);
    }

    /// <remarks>Models <c>move_pages_pte</c>, since 6.18 <c>move_pages_ptes</c>.</remarks>
    private static IEnumerable<PreemptionPoint> Entries(Move move)
    {
        var (mm, op) = (move.Mm, move.Op);
        if (!mm.TryMakeTables(op, move.Target, PageTables.PteShift, out var dst)
            || !mm.TryMakeTables(op, move.Source, PageTables.PteShift, out var src))
        {
            op.Errno = ErrorNumber.NoMemory;
            yield break;
        }

        var range = mm.Announce(CallSite.UffdMove, move.From, move.Source, move.Source + Batch(move),
            NotifierEvent.Clear);
        foreach (var point in mm.StartRange(op, range))
        {
            yield return point;
        }

        var seen = mm.Tables.Read(src);
        var large = seen.IsPresent && !seen.IsSpecial ? mm.Memory.HeadOf(seen.Frame) : 0;
        if (large != 0 && mm.Memory.State(seen.Frame).Has(FrameFlags.AnonExclusive) && mm.Tables.Read(dst).IsNone
            && mm.Memory.State(large).Order > 0)
        {
            var result = new StepResult();
            foreach (var point in SplitFolio.Page(mm.Kernel, op, large, result))
            {
                yield return point;
            }

            op.Errno = result.FallsBack ? ErrorNumber.Busy : 0;
        }

        if (op.Errno == 0)
        {
            foreach (var point in Lock(move, src, dst))
            {
                yield return point;
            }

            foreach (var point in Locked(move, range.End.Value))
            {
                yield return point;
            }

            Unlock(move, src, dst);
            yield return AddressSpace.Dropped("move_pages_pte");
        }

        foreach (var point in mm.EndRange(op, range))
        {
            yield return point;
        }
    }

    /// <summary>Moves one entry; where batches exist, as many present ones as follow.</summary>
    private static IEnumerable<PreemptionPoint> Locked(Move move, ulong end)
    {
        var (mm, op) = (move.Mm, move.Op);
        var isBatch = mm.Kernel.Profile.Version >= BatchesSince;
        var start = move.Source;
        var hasMoved = false;
        do
        {
            mm.Tables.TryFind(move.Source, PageTables.PteShift, out var src, out _);
            mm.Tables.TryFind(move.Target, PageTables.PteShift, out var dst, out _);
            var entry = mm.Tables.Read(src);
            var error = CheckEntry(mm, entry, mm.Tables.Read(dst), move.AllowsHoles);
            if (error != 0 || !entry.IsPresent || IsLarge(mm, entry))
            {
                if (error == 0 && entry.IsSwap && !hasMoved)
                {
                    mm.SetEntry(op, src, PageTables.PteShift, move.Source, default);
                    mm.SetEntry(op, dst, PageTables.PteShift, move.Target, entry);
                    yield return AddressSpace.Changed("move_swap_pte");
                }

                op.Errno = hasMoved ? 0 : error == ErrorNumber.Again ? 0 : error;
                move.Advance(error == 0 && !hasMoved && !IsLarge(mm, entry) ? 4096 : 0UL);
                break;
            }

            if (isBatch)
            {
                mm.SetEntry(op, src, PageTables.PteShift, move.Source, default);
                yield return AddressSpace.Changed("move_present_ptes");
            }
            else
            {
                foreach (var point in EntryUpdate.ClearFlushNotify(mm, op, src, move.Source, CallSite.UffdMove))
                {
                    yield return point;
                }
            }

            mm.SetEntry(op, dst, PageTables.PteShift, move.Target, Moved(move, entry));
            yield return AddressSpace.Changed("move_present_pte");
            hasMoved = true;
            move.Advance(4096);
        }
        while (isBatch && move.Source < end);

        foreach (var point in isBatch && hasMoved ? mm.FlushCpuTlb(op, CallSite.UffdMove, start, move.Source) : [])
        {
            yield return point;
        }
    }

    private static PageTableEntry Moved(Move move, PageTableEntry entry)
    {
        if (entry.IsSpecial)
        {
            return PageTableEntry.Of(entry.Frame, move.To.PageBits | PageTableEntry.Special);
        }

        Adopt(move, entry.Frame, move.Target);
        return PageTableEntry.Of(entry.Frame, move.To.PageBits).With(PageFault.WriteBits(move.To));
    }

    private static int CheckEntry(AddressSpace mm, PageTableEntry from, PageTableEntry to, bool allowsHoles)
    {
        if (!to.IsNone)
        {
            return ErrorNumber.Exists;
        }

        if (from.IsNone)
        {
            return allowsHoles ? 0 : ErrorNumber.NoEntry;
        }

        if (from.IsSwap)
        {
            return MigrationEntry.IsMigration(from) ? ErrorNumber.Again
                : from.SwapType != SwapType.Swap ? ErrorNumber.Fault
                : (from.Value & PageTableEntry.SwapExclusive) != 0 ? 0 : ErrorNumber.Busy;
        }

        return from.IsSpecial || mm.Memory.State(from.Frame).Has(FrameFlags.AnonExclusive) ? 0 : ErrorNumber.Busy;
    }

    private static bool IsLarge(AddressSpace mm, PageTableEntry entry) => entry.IsPresent && !entry.IsSpecial
        && mm.Memory.State(mm.Memory.HeadOf(entry.Frame)).Order > 0;

    /// <remarks>Models <c>folio_move_anon_rmap</c>.</remarks>
    private static void Adopt(Move move, ulong frame, ulong address)
    {
        ref var page = ref move.Mm.Memory.State(frame);
        page.MappingId = move.To.AnonVma!.Id;
        page.Index = move.To.IndexOf(address);
    }

    private static ulong Batch(Move move)
    {
        if (move.Mm.Kernel.Profile.Version < BatchesSince)
        {
            return 4096;
        }

        var rest = Math.Min(HugePages.Size - (move.Source & (HugePages.Size - 1)),
            HugePages.Size - (move.Target & (HugePages.Size - 1)));
        return Math.Min(rest, move.End - move.Source);
    }

    private static IEnumerable<PreemptionPoint> Lock(Move move, ulong src, ulong dst)
    {
        while (!move.Mm.Kernel.TryEnterRmap(move.Op, write: true))
        {
            yield return AddressSpace.Waiting("anon_vma_lock_write");
        }

        while (!move.Mm.TryLockTable(move.Op, Math.Min(src, dst)))
        {
            yield return AddressSpace.Waiting("double_pt_lock");
        }

        while (src >> 12 != dst >> 12 && !move.Mm.TryLockTable(move.Op, Math.Max(src, dst)))
        {
            yield return AddressSpace.Waiting("double_pt_lock");
        }

        yield return AddressSpace.Taken("double_pt_lock");
    }

    private static void Unlock(Move move, ulong src, ulong dst)
    {
        move.Mm.UnlockTable(move.Op, src);
        if (src >> 12 != dst >> 12)
        {
            move.Mm.UnlockTable(move.Op, dst);
        }

        move.Mm.Kernel.LeaveRmap(move.Op);
    }

    private sealed record Move(AddressSpace Mm, CpuOperation Op, Vma From, Vma To, bool AllowsHoles)
    {
        public ulong Source { get; set; }

        public ulong Target { get; set; }

        public ulong End { get; init; }

        public void Advance(ulong bytes)
        {
            Source += bytes;
            Target += bytes;
        }
    }
}
