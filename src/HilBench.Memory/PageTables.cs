using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory;

/// <summary>The x86-64 page tables of one mm, held in simulated frames. What the CPU walks, the IOMMU walks.</summary>
public sealed class PageTables
{
    internal const int PteShift = 12;
    internal const int PmdShift = 21;
    internal const int PudShift = 30;
    internal const int P4dShift = 39;
    private readonly PhysicalMemory _memory;
    private readonly ulong[]?[] _contents;
    private readonly int _topShift;

    internal PageTables(PhysicalMemory memory, int levels, ulong rootFrame)
    {
        Invariant.Holds(levels is 4 or 5);
        _memory = memory;
        _contents = memory.Contents;
        Levels = levels;
        Root = PhysicalAddress.OfFrame(rootFrame);
        _topShift = levels == 4 ? P4dShift : P4dShift + 9;
    }

    /// <summary>4 or 5.</summary>
    public int Levels { get; }

    /// <summary>Address of the top table: CR3.</summary>
    public PhysicalAddress Root { get; }

    /// <summary>First address above user space.</summary>
    public VirtualAddress UserEnd => new(1UL << (_topShift + 8));

    /// <summary>
    /// Walks as the hardware does, without setting accessed or dirty bits. False: some level is not present, or the
    /// address is not of user space.
    /// </summary>
    public bool TryWalk(VirtualAddress address, out PageWalk walk)
    {
        var table = Root.Value;
        var all = ulong.MaxValue;
        var any = 0UL;
        var watcher = _memory.Watcher;
        if (address.Value >> (_topShift + 8) != 0)
        {
            walk = default;
            return false;
        }

        for (var shift = _topShift; ; shift -= 9)
        {
            var index = (int)(address.Value >> shift) & 511;
            var content = _contents[(int)(table >> 12)];
            watcher?.OnRead(new(table | ((ulong)index << 3)), sizeof(ulong));
            var entry = content is null ? 0 : content[index];
            if ((entry & PageTableEntry.Present) == 0)
            {
                walk = default;
                return false;
            }

            all &= entry;
            any |= entry;
            if (shift == PteShift || (entry & PageTableEntry.PageSize) != 0)
            {
                var page = entry & PageTableEntry.FrameMask & ~((1UL << shift) - 1);
                walk = new(new(entry), shift, new(page), (all & PageTableEntry.Writable) != 0,
                    (any & PageTableEntry.NoExecute) == 0, (all & PageTableEntry.User) != 0,
                    new(table | ((ulong)index << 3)));
                return true;
            }

            table = entry & PageTableEntry.FrameMask;
        }
    }

    internal int TopShift => _topShift;

    /// <summary>
    /// Finds where the entry of a level lies. False: a table above it is missing, or a huge leaf is in the way;
    /// <paramref name="stopShift"/> is then the level of the entry that ended the walk.
    /// </summary>
    internal bool TryFind(ulong address, int levelShift, out ulong slot, out int stopShift)
    {
        var table = Root.Value;
        for (var shift = _topShift; ; shift -= 9)
        {
            slot = table | (((address >> shift) & 511) << 3);
            stopShift = shift;
            if (shift == levelShift)
            {
                return true;
            }

            var entry = new PageTableEntry(_memory.ReadUInt64(new(slot)));
            if (!entry.IsPresent || entry.IsHuge)
            {
                return false;
            }

            table = entry.Value & PageTableEntry.FrameMask;
        }
    }

    internal PageTableEntry Read(ulong slot) => new(_memory.ReadUInt64(new(slot)));
}
