using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>Writes down every callback of one mm, as the recorder module of the traces does.</summary>
internal sealed class TraceRecorder(
    AddressSpace mm, string process, TraceRegion region, NotifierCallbacks callbacks, List<TraceCallback> calls)
    : INotifierClient
{
    public NotifierCallbacks Callbacks => callbacks;

    /// <summary>Whether it answers -EAGAIN to a start that may not block.</summary>
    public bool RefusesNonBlockable { get; init; }

    public int InvalidateRangeStart(in NotifierRange range)
    {
        var answer = RefusesNonBlockable && !range.IsBlockable ? -11 : 0;
        Add("invalidate_range_start", range, answer);
        return answer;
    }

    public void InvalidateRangeEnd(in NotifierRange range) => Add("invalidate_range_end", range, 0);

    public void InvalidateSecondaryTlb(VirtualAddress start, VirtualAddress end) =>
        Add(mm.Kernel.Profile.CpuFlushInvalidatesSecondaryTlb ? "arch_invalidate_secondary_tlbs"
            : "invalidate_range", start, end);

    public void ChangePte(VirtualAddress address, ulong entry)
    {
        var pte = new PageTableEntry(entry);
        calls.Add(Call("change_pte", address.Value, address.Value + 4096) with
        {
            NewPage = PageSnapshot.IdOf(mm.Kernel.Memory, pte.Frame),
            NewWritable = pte.IsWritable,
        });
    }

    public bool ClearFlushYoung(VirtualAddress start, VirtualAddress end)
    {
        Add("clear_flush_young", start, end);
        return false;
    }

    public bool ClearYoung(VirtualAddress start, VirtualAddress end)
    {
        Add("clear_young", start, end);
        return false;
    }

    public bool TestYoung(VirtualAddress address)
    {
        Add("test_young", address, address.Add(1));
        return false;
    }

    public void Release() => calls.Add(Call("release", 0, 0) with { Start = null, End = null });

    internal void AddInterval(in NotifierRange range, int index) => Add("interval_invalidate", range, 0, index);

    private void Add(string op, in NotifierRange range, int answer, int? interval = null) =>
        AddInside(range.Start, range.End, Call(op, range.Start.Value, range.End.Value) with
        {
            Event = EventName(range.Event),
            Blockable = range.IsBlockable,
            Owner = range.Owner != 0,
            Vma = range.Vma is { } vma ? [Offset(vma.Start.Value), Offset(vma.End.Value)] : null,
            Answer = answer == 0 ? null : answer,
            Interval = interval,
        });

    private void Add(string op, VirtualAddress start, VirtualAddress end) =>
        AddInside(start, end, Call(op, start.Value, end.Value));

    /// <summary>Only what overlaps the region is listed.</summary>
    private void AddInside(VirtualAddress start, VirtualAddress end, TraceCallback call)
    {
        if (start.Value < region.Start + region.Bytes && end.Value > region.Start)
        {
            calls.Add(call);
        }
    }

    private TraceCallback Call(string op, ulong start, ulong end)
    {
        var journal = mm.Kernel.Journal;
        var flags = journal[journal.Count - 1].Read<NotifierCallRecord>().Flags;
        return new TraceCallback(
            0, process, op, Offset(start), Offset(end), Implied: flags.HasFlag(NotifierCallFlags.Implied),
            Atomic: flags.HasFlag(NotifierCallFlags.Atomic));
    }

    private static string EventName(NotifierEvent reason) => reason switch
    {
        NotifierEvent.ProtectionVma => "PROTECTION_VMA",
        NotifierEvent.ProtectionPage => "PROTECTION_PAGE",
        NotifierEvent.SoftDirty => "SOFT_DIRTY",
        _ => reason.ToString().ToUpperInvariant(),
    };

    private string Offset(ulong address) => address switch
    {
        0 => "min",
        ulong.MaxValue => "max",
        _ when address < region.Start => "below",
        _ when address > region.Start + region.Bytes => "above",
        _ => $"0x{address - region.Start:x}",
    };
}
