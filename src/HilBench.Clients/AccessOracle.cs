using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>
/// Judges device accesses: one that is made after an operation returned must meet what a CPU access would meet; while
/// an operation runs, what was mapped before it is right too. What a completed operation has mapped ends that for the
/// changes before it (litmus L6). Subscribe it to the kernel's journal before the first operation.
/// </summary>
public sealed class AccessOracle(PhysicalMemory memory) : IJournalObserver
{
    private const int PmdShift = 21;
    private const int PudShift = 30;
    private readonly List<Change> _changes = [];
    private readonly Dictionary<ulong, uint> _generations = [];

    /// <inheritdoc/>
    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case JournalKind.EntryChange:
                Changes(in MemoryMarshal.AsRef<EntryChangeRecord>(payload));
                break;
            case JournalKind.OperationEnd:
                Ended(MemoryMarshal.AsRef<OperationRecord>(payload).OperationId);
                break;
            case JournalKind.FrameFreed:
                ref readonly var freed = ref MemoryMarshal.AsRef<FrameRecord>(payload);
                for (var i = 0UL; i < 1UL << freed.Order; i++)
                {
                    _generations[freed.Frame + i] = GenerationOf(PhysicalAddress.OfFrame(freed.Frame + i)) + 1;
                }

                break;
        }
    }

    /// <summary>How often the frame was freed since the oracle listens.</summary>
    public uint GenerationOf(PhysicalAddress address) => _generations.GetValueOrDefault(address.Frame);

    /// <summary>Judges an access of 8 bytes.</summary>
    /// <param name="space">Whose page tables count.</param>
    /// <param name="address">Where; a multiple of 8.</param>
    /// <param name="entry">What the client has there.</param>
    /// <param name="isWrite">Whether the device writes.</param>
    public AccessOutcome Judge(AddressSpace space, VirtualAddress address, ShadowEntry entry, bool isWrite)
    {
        var isMapped = space.Tables.TryWalk(address, out var walk) && walk.IsUser;
        var now = isMapped ? walk.Translate(address) : default;
        if (isMapped && now.Frame == entry.Frame.Frame && (walk.IsWritable || !isWrite)
            && GenerationOf(now) == entry.Generation)
        {
            return AccessOutcome.Fresh;
        }

        if (WasMappedSince(space.Id, address, entry, isWrite))
        {
            return AccessOutcome.Concurrent;
        }

        if (GenerationOf(entry.Frame) != entry.Generation)
        {
            return AccessOutcome.Foreign;
        }

        var physical = entry.Frame.Add(address.Value & 4095);
        return !isWrite && isMapped && memory.ReadUInt64(physical) == memory.ReadUInt64(now)
            ? AccessOutcome.StaleEqual
            : AccessOutcome.Stale;
    }

    private bool WasMappedSince(uint mmId, VirtualAddress address, ShadowEntry entry, bool isWrite)
    {
        for (var i = _changes.Count - 1; i >= 0; i--)
        {
            var change = _changes[i];
            if (change.MmId != mmId || address.Value >> change.Shift != change.Address >> change.Shift)
            {
                continue;
            }

            if (change.IsDone)
            {
                return false;
            }

            if (change.TryTranslate(address, out var frame, out var isWritable)
                && frame == entry.Frame.Frame && (isWritable || !isWrite)
                && GenerationOf(entry.Frame) == entry.Generation)
            {
                return true;
            }
        }

        return false;
    }

    private void Changes(in EntryChangeRecord record)
    {
        var (old, now) = (new PageTableEntry(record.OldEntry), new PageTableEntry(record.NewEntry));
        var isLeaf = record.LevelShift == 12 || old.IsHuge || (old.IsNone && now.IsHuge);
        if (record.LevelShift > PudShift || (isLeaf && IsSameOrWider(old, now)) || (!isLeaf && !old.IsPresent))
        {
            return;
        }

        var below = !isLeaf && record.LevelShift == PmdShift && old.IsPresent ? Snapshot(old) : null;
        _changes.Add(new Change(record.MmId, record.OperationId, record.Address, record.LevelShift, old, below));
    }

    /// <summary>Nobody can hold something that is wrong after such a change.</summary>
    private static bool IsSameOrWider(PageTableEntry old, PageTableEntry now) =>
        old.IsPresent && now.IsPresent && old.Frame == now.Frame && (now.IsWritable || !old.IsWritable);

    private ulong[] Snapshot(PageTableEntry table)
    {
        var entries = new ulong[512];
        var slot = PhysicalAddress.OfFrame(table.Frame);
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = memory.ReadUInt64(slot.Add((ulong)i << 3));
        }

        return entries;
    }

    private void Ended(uint operationId)
    {
        for (var i = 0; i < _changes.Count; i++)
        {
            _changes[i] = _changes[i].OperationId == operationId ? _changes[i] with { IsDone = true } : _changes[i];
        }

        // A change that is done only ends what lies before it.
        var oldest = _changes.FindIndex(change => !change.IsDone);
        _changes.RemoveRange(0, oldest < 0 ? _changes.Count : oldest);
    }

    /// <summary>One change of an entry; below: what the table that it pointed to held.</summary>
    private readonly record struct Change(
        uint MmId, uint OperationId, ulong Address, byte Shift, PageTableEntry Old, ulong[]? Below)
    {
        public bool IsDone { get; init; }

        public bool TryTranslate(VirtualAddress address, out ulong frame, out bool isWritable)
        {
            var entry = Below is null ? Old : new PageTableEntry(Below[(int)(address.Value >> 12) & 511]);
            var offset = Below is null ? (address.Value & ((1UL << Shift) - 1)) >> 12 : 0;
            frame = entry.Frame + offset;
            isWritable = entry.IsWritable;
            return entry.IsPresent && (Shift == 12 || Below is not null || entry.IsHuge);
        }
    }
}
