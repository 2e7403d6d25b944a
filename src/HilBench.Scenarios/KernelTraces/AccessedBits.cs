using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>
/// Which pages had their accessed bit cleared without a flush of the CPU TLB since: the CPU may go on using its TLB
/// entry and not set the bit again.
/// </summary>
internal sealed class AccessedBits : IJournalObserver
{
    private readonly HashSet<(uint MmId, ulong Page)> _cached = [];
    private readonly HashSet<(uint MmId, ulong Page)> _flushed = [];

    public AccessedBits(EventJournal journal) => journal.Subscribe(this);

    /// <summary>Whether the CPU may still use the entry that it had when the bit was cleared.</summary>
    public bool MayBeCached(uint mmId, ulong address) => _cached.Contains((mmId, address >> 12));

    /// <summary>What was flushed during the step is read from the table again from now on.</summary>
    public void EndStep()
    {
        _cached.ExceptWith(_flushed);
        _flushed.Clear();
    }

    /// <inheritdoc/>
    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind == JournalKind.EntryChange)
        {
            OnChange(MemoryMarshal.Read<EntryChangeRecord>(payload));
        }
        else if (kind == JournalKind.CpuTlbFlush)
        {
            var flush = MemoryMarshal.Read<TlbFlushRecord>(payload);
            _flushed.UnionWith(_cached.Where(page =>
                page.MmId == flush.MmId && page.Page >= flush.Start >> 12 && page.Page < flush.End >> 12));
        }
    }

    private void OnChange(EntryChangeRecord change)
    {
        var (old, now) = (new PageTableEntry(change.OldEntry), new PageTableEntry(change.NewEntry));
        var isLeaf = change.LevelShift == PageTables.PteShift || old.IsHuge || now.IsHuge;
        var isCleared = isLeaf && old.IsPresent && now.IsPresent && old.Frame == now.Frame
            && old.IsAccessed && !now.IsAccessed;
        for (var i = 0UL; isCleared && i < 1UL << (change.LevelShift - PageTables.PteShift); i++)
        {
            _cached.Add((change.MmId, (change.Address >> 12) + i));
            _flushed.Remove((change.MmId, (change.Address >> 12) + i));
        }
    }
}
