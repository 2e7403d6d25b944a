using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>The page tables of a process, page by page, with the identity of each page.</summary>
internal sealed class PageSnapshot
{
    /// <summary>Keeps swap slots and page ids apart.</summary>
    internal const ulong SlotId = 1UL << 60;

    public Dictionary<ulong, PageSight> Pages { get; } = [];

    /// <summary>What a trace says.</summary>
    public static PageSnapshot Of(IEnumerable<TracePages> runs)
    {
        var snapshot = new PageSnapshot();
        foreach (var run in runs)
        {
            var isLarge = run.Order is > 0;
            for (var i = 0; i < run.Pages; i++)
            {
                var id = run.Id is null ? run.Slot is null ? 0 : SlotId + run.Slot.Value + (ulong)i
                    : isLarge ? run.Id.Value : run.Id.Value + (ulong)i;
                var state = new PageState(
                    run.Level, run.Entry, run.Flags, run.Page, isLarge ? run.Order : null,
                    isLarge ? run.Sub + i : null, run.Mapcount);
                snapshot.Pages[run.At + ((ulong)i << 12)] = new(state, id);
            }
        }

        return snapshot;
    }

    /// <summary>What the engine's page tables say.</summary>
    public static PageSnapshot Of(AddressSpace mm, TraceRegion region)
    {
        var snapshot = new PageSnapshot();
        for (var offset = 0UL; offset < region.Bytes;)
        {
            var address = region.Start + offset;
            if (mm.Tables.TryFind(address, 12, out var slot, out var shift) || mm.Tables.Read(slot).IsHuge)
            {
                snapshot.Add(mm, offset, mm.Tables.Read(slot), shift);
            }

            offset = UnmapPages.NextBoundary(address, shift) - region.Start;
        }

        return snapshot;
    }

    private void Add(AddressSpace mm, ulong offset, PageTableEntry entry, int shift)
    {
        if (entry.IsNone)
        {
            return;
        }

        for (var i = 0UL; i < 1UL << (shift - 12); i++)
        {
            Pages.Add(offset + (i << 12), entry.IsMapped ? Mapped(mm, entry, shift, i) : Swapped(entry));
        }
    }

    private static PageSight Swapped(PageTableEntry entry)
    {
        var flags = ((entry.Value & PageTableEntry.SwapSoftDirty) != 0 ? "S" : "")
            + ((entry.Value & PageTableEntry.SwapUffdWp) != 0 ? "U" : "")
            + ((entry.Value & PageTableEntry.SwapExclusive) != 0 ? "E" : "");
        var kind = entry.SwapType switch
        {
            SwapType.Hwpoison => "hwpoison",
            SwapType.Marker => "marker",
            SwapType.Swap => "swap",
            SwapType.DeviceExclusiveRead or SwapType.DeviceExclusiveWrite => "exclusive",
            _ => "migration",
        };
        return new(
            new PageState("pte", kind, flags, null, null, null, null), kind == "swap" ? SlotId + entry.SwapOffset : 0);
    }

    private static PageSight Mapped(AddressSpace mm, PageTableEntry entry, int shift, ulong index)
    {
        var memory = mm.Kernel.Memory;
        var frame = entry.Frame + index;
        ref var head = ref memory.State(memory.HeadOf(frame));
        var exclusive = head.Has(FrameFlags.Anonymous) && memory.State(entry.Frame).Has(FrameFlags.AnonExclusive);
        var flags = (entry.IsWritable ? "W" : "") + (entry.IsDirty ? "D" : "") + (entry.IsAccessed ? "A" : "")
            + ((entry.Value & PageTableEntry.SoftDirty) != 0 ? "S" : "")
            + ((entry.Value & PageTableEntry.UffdWp) != 0 ? "U" : "") + (exclusive ? "E" : "")
            + ((entry.Value & PageTableEntry.NoExecute) == 0 ? "X" : "");
        var isZero = head.Has(FrameFlags.Zero);
        var kind = isZero ? (head.Order > 0 ? "hugeZero" : "zero")
            : head.Has(FrameFlags.Hugetlb) ? "hugetlb"
            : memory.State(frame).Has(FrameFlags.Ksm) ? "ksm"
            : head.Has(FrameFlags.Anonymous) ? "anon" : "file";
        var isLarge = head.Order > 0;
        var state = new PageState(
            shift == 12 ? "pte" : "pmd", entry.IsPresent ? "present" : "protnone", flags, kind,
            isLarge ? head.Order : null, isLarge ? (int)(frame - memory.HeadOf(frame)) : null,
            isZero ? 0 : memory.MapCountOf(PhysicalAddress.OfFrame(entry.Frame)));
        return new(state, IdOf(memory, frame) ?? 0);
    }

    /// <summary>What stands for the id of a page: null for the zero pages, which have none.</summary>
    internal static ulong? IdOf(PhysicalMemory memory, ulong frame) =>
        memory.State(memory.HeadOf(frame)).Has(FrameFlags.Zero) ? null
        : memory.IdentityOf(PhysicalAddress.OfFrame(frame)).Value;
}
