using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>One mm: mappings, page tables, notifiers and locks. Its methods make the CPU-side operations.</summary>
public sealed partial class AddressSpace
{
    private readonly VmaList _vmas = new();
    private int _mmapReaders;
    private CpuOperation? _mmapWriter;

    internal AddressSpace(Kernel kernel, uint id, int levels)
    {
        Kernel = kernel;
        Id = id;
        if (!kernel.TryAllocate(null, 0, out var root))
        {
            throw new InvalidOperationException("no memory is left for the page table of an address space");
        }

        kernel.Memory.State(root).Flags |= FrameFlags.PageTable;
        Tables = new PageTables(kernel.Memory, levels, root);
        Notifiers = new NotifierSubscriptions(id, kernel.Profile, kernel.Journal, kernel.Validator);
    }

    /// <summary>The kernel that it belongs to.</summary>
    public Kernel Kernel { get; }

    /// <summary>Counted from 1.</summary>
    public uint Id { get; }

    /// <summary>The page tables; the IOMMU walks them too.</summary>
    public PageTables Tables { get; }

    /// <summary>Its notifiers.</summary>
    public NotifierSubscriptions Notifiers { get; }

    /// <summary>Its mappings, by address.</summary>
    public IReadOnlyList<Vma> Vmas => VmaList.Items;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited
    {
        get => Look(field, Fact.Exited);
        internal set => field = Change(value, Fact.Exited);
    }

    /// <summary>
    /// Whether a thread of the process ran on another CPU since the last flush: then the flushes of reclaim and
    /// migration
    /// are batched.
    /// </summary>
    public bool HasRunOnSeveralCpus
    {
        get => Look(field, Fact.SeveralCpus);
        set => field = Change(value, Fact.SeveralCpus, isNew: field != value);
    }

    /// <summary>Whether a driver ever pinned a page of it (MMF_HAS_PINNED).</summary>
    internal bool HasPinned
    {
        get => Look(field, Fact.Pinned);
        set => field = Change(value, Fact.Pinned);
    }

    /// <summary>
    /// How likely the OOM killer takes the process, -1000 (never) to 1000 (first); 0 by default (oom_score_adj).
    /// </summary>
    public int OomScoreAdjustment { get; set; }

    /// <summary>Whether the process sleeps in the kernel and no signal wakes it: killed, it keeps its memory.</summary>
    public bool IsBlocked
    {
        get => Look(field, Fact.Killed);
        private set => field = Change(value, Fact.Killed);
    }

    /// <summary>Whether the process was killed.</summary>
    public bool IsKilled
    {
        get => Look(field, Fact.Killed);
        internal set => field = Change(value, Fact.Killed);
    }

    /// <summary>Whether memory was taken from under the killed process (MMF_UNSTABLE).</summary>
    internal bool IsUnstable
    {
        get => Look(field, Fact.Unstable);
        set => field = Change(value, Fact.Unstable);
    }

    /// <summary>Whether nothing is left to be taken from the killed process (MMF_OOM_SKIP).</summary>
    internal bool IsReaped
    {
        get => Look(field, Fact.Killed);
        set => field = Change(value, Fact.Killed);
    }

    /// <summary>CPU flushes that changes under the shared mmap lock still owe (mm_tlb_flush_pending).</summary>
    internal int PendingFlushes
    {
        get => Look(field, Fact.PendingFlushes);
        set => field = Change(value, Fact.PendingFlushes);
    }

    /// <summary>
    /// Whether a TLB can hold the entry: also one whose access was taken away by who has not flushed yet.
    /// </summary>
    /// <remarks>Models <c>pte_accessible</c> with <c>mm_tlb_flush_pending</c>.</remarks>
    internal bool IsAccessible(PageTableEntry entry) => entry.IsPresent || (entry.IsProtNone && PendingFlushes > 0);

    /// <summary>The cgroup that new pages are charged to: 0 is the root.</summary>
    public byte Cgroup { get; internal set; }

    /// <summary>
    /// Whether reclaim or migration left a CPU flush to a batch since the last time that entries of the mm were changed:
    /// who changes entries then flushes everything first.
    /// </summary>
    internal bool HasBatchedFlush
    {
        get => Look(field, Fact.BatchedFlush);
        set => field = Change(value, Fact.BatchedFlush);
    }

    internal VmaList VmaList => Look(_vmas, Fact.Vmas, isWrite: _mmapWriter is not null);

    /// <summary>Tables kept for splits of huge entries, by frame of the table that the entries lie in.</summary>
    internal Dictionary<ulong, Stack<ulong>> Deposits { get; } = [];

    internal PhysicalMemory Memory => Kernel.Memory;

    internal bool TryLockMmap(CpuOperation op, bool write)
    {
        var isRefused = _mmapWriter is not null || (write && _mmapReaders > 0);
        Memory.Watcher?.OnLock(KernelPart.MmapLock, Id, write, isRefused ? LockUse.Refused : LockUse.Taken);
        if (isRefused)
        {
            return false;
        }

        _mmapWriter = write ? op : null;
        _mmapReaders += write ? 0 : 1;
        op.Context.HoldsMmapLock = true;
        return true;
    }

    internal void UnlockMmap(CpuOperation op)
    {
        Memory.Watcher?.OnLock(KernelPart.MmapLock, Id, _mmapWriter == op, LockUse.Released);
        if (_mmapWriter == op)
        {
            _mmapWriter = null;
        }
        else
        {
            Invariant.Holds(_mmapReaders > 0);
            _mmapReaders--;
        }

        op.Context.HoldsMmapLock = false;
    }

    /// <summary>Takes the lock of the page table that the slot lies in.</summary>
    internal bool TryLockTable(CpuOperation op, ulong slot)
    {
        ref var table = ref Memory.QuietState(slot >> 12);
        var isRefused = table.Has(FrameFlags.Locked);
        Memory.Watcher?.OnLock(KernelPart.TableLock, slot >> 12, isWrite: true, isRefused ? LockUse.Refused : LockUse.Taken);
        if (isRefused)
        {
            return false;
        }

        table.Flags |= FrameFlags.Locked;
        op.Context.PageTableLocks++;
        return true;
    }

    internal void UnlockTable(CpuOperation op, ulong slot)
    {
        ref var table = ref Memory.QuietState(slot >> 12);
        Memory.Watcher?.OnLock(KernelPart.TableLock, slot >> 12, isWrite: true, LockUse.Released);
        Invariant.Holds(table.Has(FrameFlags.Locked));
        table.Flags &= ~FrameFlags.Locked;
        op.Context.PageTableLocks--;
    }

    /// <summary>Changes a page-table entry; the change is journaled first.</summary>
    /// <param name="op">Who changes it; the page-table lock is held.</param>
    /// <param name="slot">Where the entry lies.</param>
    /// <param name="shift">Its level.</param>
    /// <param name="address">An address that it covers.</param>
    /// <param name="entry">The new bits.</param>
    /// <param name="keepsFrames">Whether the same frames stay mapped there, in pages of another size.</param>
    internal void SetEntry(
        CpuOperation op, ulong slot, int shift, ulong address, PageTableEntry entry, bool keepsFrames = false)
    {
        var old = Tables.Read(slot);
        address &= ~((1UL << shift) - 1);
        Kernel.Journal.Append(
            JournalKind.EntryChange, new EntryChangeRecord(Id, (byte)shift, address, old.Value,
                entry.Value, op.Id, op.Site));
        var isLeaf = shift == PageTables.PteShift || old.IsHuge;
        if (Notifiers.HasSecondaryTlb && !keepsFrames && isLeaf && old.IsPresent && !(entry.IsPresent
            && entry.Frame == old.Frame))
        {
            Kernel.Validator.OnTranslationRemoved(Id, new(address), old.Frame, 1 << (shift - 12), op.Site);
        }

        if (Notifiers.HasSecondaryTlb && !isLeaf && old.IsPresent && entry.Frame != old.Frame)
        {
            Kernel.Validator.OnTableRemoved(Id, new(address), new(address + (1UL << shift)), old.Frame, op.Site);
        }

        Memory.WriteUInt64(new(slot), entry.Value);
        if (entry.IsPresent)
        {
            Memory.Watcher?.OnMapped(entry.Frame, entry.IsHuge ? shift - PageTables.PteShift : 0);
        }
    }

    /// <summary>
    /// Makes the tables above an entry of that level. False: no memory, or a huge leaf is in the way.
    /// </summary>
    internal bool TryMakeTables(CpuOperation op, ulong address, int levelShift, out ulong slot)
    {
        while (!Tables.TryFind(address, levelShift, out slot, out var stop))
        {
            if (!Tables.Read(slot).IsNone || !TryAllocateTable(op, out var table))
            {
                return false;
            }

            SetEntry(op, slot, stop, address, TableEntry(table));
        }

        return true;
    }

    internal bool TryAllocateTable(CpuOperation op, out ulong table)
    {
        var isMade = Kernel.TryAllocate(op, 0, out table);
        if (isMade)
        {
            Memory.State(table).Flags |= FrameFlags.PageTable;
        }

        return isMade;
    }

    internal static PageTableEntry TableEntry(ulong table) => PageTableEntry.Of(table, PageTableEntry.Table);

    internal static PreemptionPoint Taken(string site) => new(PreemptionKind.LockTaken, site);

    internal static PreemptionPoint Dropped(string site) => new(PreemptionKind.LockDropped, site);

    internal static PreemptionPoint Waiting(string site) => new(PreemptionKind.LockWait, site);

    internal static PreemptionPoint Changed(string site) => new(PreemptionKind.EntryChanged, site);

    private T Look<T>(T value, Fact fact, bool isWrite = false)
    {
        Memory.Watcher?.OnPart(KernelPart.AddressSpace, (ulong)Id << 8 | (ulong)fact, isWrite);
        return value;
    }

    private T Change<T>(T value, Fact fact, bool isNew = true) => Look(value, fact, isNew);

    /// <summary>What of an mm is shared between CPUs, besides its page tables.</summary>
    private enum Fact : byte
    {
        Vmas = 0,
        Exited,
        SeveralCpus,
        Pinned,
        Killed,
        Unstable,
        PendingFlushes,
        BatchedFlush,
    }
}
