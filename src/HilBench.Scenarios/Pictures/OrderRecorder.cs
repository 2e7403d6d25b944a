using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Reads the journal of one operation as the lines of a picture.</summary>
/// <param name="operation">The operation; lines of others are left out.</param>
/// <param name="origin">The address that the picture calls 0.</param>
internal sealed class OrderRecorder(CpuOperation operation, VirtualAddress origin) : IJournalObserver
{
    private const string Dash = "\u2013";
    private readonly List<OrderEvent> _events = [];

    /// <summary>The lines so far, equal ones in a row as one.</summary>
    public IReadOnlyList<OrderEvent> Events => _events;

    /// <inheritdoc/>
    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case JournalKind.EntryChange when MemoryMarshal.Read<EntryChangeRecord>(payload) is var change
                && change.OperationId == operation.Id:
                Add(OrderLane.Entry, InWords(change));
                break;
            case JournalKind.CpuTlbFlush when MemoryMarshal.Read<TlbFlushRecord>(payload) is var flush
                && flush.OperationId == operation.Id:
                Add(OrderLane.CpuTlb, $"CPU TLB flush {Bounds(flush.Start, flush.End)}");
                break;
            case JournalKind.NotifierCall when MemoryMarshal.Read<NotifierCallRecord>(payload) is var call
                && call.OperationId == operation.Id:
                AddCall(call);
                break;
            case JournalKind.FrameAllocated when MemoryMarshal.Read<FrameRecord>(payload) is var frame
                && frame.OperationId == operation.Id:
                Add(OrderLane.Frame, $"{SizeOf(frame.Order)} allocated");
                break;
            case JournalKind.FrameFreed when MemoryMarshal.Read<FrameRecord>(payload) is var frame
                && frame.OperationId == operation.Id:
                Add(OrderLane.Frame, $"{SizeOf(frame.Order)} freed");
                break;
        }
    }

    /// <summary>A line that stands in no journal.</summary>
    public void Add(OrderLane lane, string text)
    {
        var line = new OrderEvent(lane, text, operation.Context.PageTableLocks > 0);
        if (_events.Count > 0 && _events[^1] with { Count = 1 } == line)
        {
            _events[^1] = line with { Count = _events[^1].Count + 1 };
        }
        else
        {
            _events.Add(line);
        }
    }

    private void AddCall(in NotifierCallRecord call)
    {
        var bounds = Bounds(call.Start, call.End);
        switch (call.Callback)
        {
            case NotifierCallback.InvalidateRangeStart:
                Add(OrderLane.Range, $"start {bounds} {call.Event.ToString().ToUpperInvariant()}");
                break;
            case NotifierCallback.InvalidateRangeEnd:
                Add(OrderLane.Range, $"end {bounds}");
                break;
            case NotifierCallback.InvalidateSecondaryTlb:
                var isImplied = call.Flags.HasFlag(NotifierCallFlags.Implied);
                Add(OrderLane.DeviceTlb, $"device TLB invalidated {bounds}{(isImplied ? " by end" : string.Empty)}");
                break;
        }
    }

    private static string InWords(in EntryChangeRecord change)
    {
        var level = change.LevelShift switch
        {
            PageTables.PteShift => "PTE",
            PageTables.PmdShift => "PMD",
            PageTables.PudShift => "PUD",
            _ => "upper entry",
        };
        return new PageTableEntry(change.NewEntry).IsNone ? $"{level} cleared"
            : new PageTableEntry(change.OldEntry).IsNone ? $"{level} written" : $"{level} replaced";
    }

    private static string SizeOf(byte order) => order == 0 ? "page" : $"page of {Distance(4096UL << order)}";

    private string Bounds(ulong start, ulong end) => end == ulong.MaxValue && start == 0
        ? "everything"
        : $"{Distance(start - origin.Value)}{Dash}{Distance(end - origin.Value)}";

    private static string Distance(ulong bytes) =>
        bytes == 0 ? "0" : bytes % (1 << 20) == 0 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
