using System.Globalization;
using System.Runtime.InteropServices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>
/// Writes down who did what while somebody moves the threads of a litmus test: the lines of a picture. Pages get names in the
/// order in which they appear: P1, P2, ...
/// </summary>
internal sealed class LitmusTimeline : IJournalObserver
{
    private const ulong PageMask = 4095;
    private readonly LitmusRun _run;
    private readonly List<LitmusTimelineRow> _rows = [];
    private readonly List<ulong> _pages = [];
    private readonly HashSet<ulong> _freed = [];
    private readonly Dictionary<ulong, string> _invalidations = [];
    private (ulong First, ulong Last, string Change) _entries;
    private readonly List<(string Name, ulong Start)> _names;

    /// <summary>Writes from now on; the initial state has ended.</summary>
    public LitmusTimeline(LitmusRun run)
    {
        _run = run;
        _names = [.. run.Scenario.Names.Where(name => !name.Key.EndsWith(".end", StringComparison.Ordinal))
            .Select(name => (name.Key, name.Value)).OrderBy(name => name.Value)];
        run.Bench.Journal.Subscribe(this);
        run.Timeline = this;
    }

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<LitmusTimelineRow> Rows => _rows;

    private int DeviceLane => _run.Threads.Count;

    private int MoverLane => _run.Mover is { } mover ? LaneOf(mover) : DeviceLane;

    /// <summary>A thread begins a step.</summary>
    public void Begin(LitmusThread thread, LitmusStep step) => Add(LaneOf(thread), LitmusTimelineKind.Step, step.Text);

    /// <summary>A register got its value.</summary>
    public void Bind(string register, string value) => Add(MoverLane, LitmusTimelineKind.Result, $"{register} = {value}");

    /// <inheritdoc/>
    public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case JournalKind.EntryChange:
                AddEntry(MemoryMarshal.Read<EntryChangeRecord>(payload));
                break;
            case JournalKind.NotifierCall:
                AddCall(MemoryMarshal.Read<NotifierCallRecord>(payload));
                break;
            case JournalKind.CpuTlbFlush:
                Add(MoverLane, LitmusTimelineKind.CpuTlb, "CPU TLBs flushed");
                break;
            case JournalKind.FrameFreed when _pages.Contains(MemoryMarshal.Read<FrameRecord>(payload).Frame):
                var freed = MemoryMarshal.Read<FrameRecord>(payload).Frame;
                _freed.Add(freed);
                Add(MoverLane, LitmusTimelineKind.Frame, $"{Page(freed)} is freed");
                break;
            case JournalKind.FrameAllocated when _freed.Remove(MemoryMarshal.Read<FrameRecord>(payload).Frame):
                Add(MoverLane, LitmusTimelineKind.Frame, $"{Page(MemoryMarshal.Read<FrameRecord>(payload).Frame)} is used again");
                break;
            case JournalKind.CpuWrite:
                AddStore(MemoryMarshal.Read<CpuAccessRecord>(payload));
                break;
            case JournalKind.InvalidationBegin:
                var begun = MemoryMarshal.Read<InvalidationRecord>(payload);
                _invalidations[begun.Ticket] = Bounds(begun.First, begun.Last + 1);
                Add(DeviceLane, LitmusTimelineKind.Invalidation, $"Invalidate Request {_invalidations[begun.Ticket]}");
                break;
            case JournalKind.InvalidationEnd:
                var what = _invalidations.GetValueOrDefault(MemoryMarshal.Read<InvalidationRecord>(payload).Ticket, "from before");
                Add(DeviceLane, LitmusTimelineKind.Invalidation, $"Invalidate Completion {what}");
                break;
            case JournalKind.Translation:
                AddTranslation(MemoryMarshal.Read<TranslationRecord>(payload));
                break;
            case JournalKind.TlpFromDevice:
                AddTlp(payload);
                break;
        }
    }

    private void AddEntry(in EntryChangeRecord change)
    {
        var (old, now) = (new PageTableEntry(change.OldEntry), new PageTableEntry(change.NewEntry));
        if (change.LevelShift > 12 && !old.IsHuge && !now.IsHuge)
        {
            return;
        }

        var words = $"{Owner(change.MmId)}{{0}}: {InWords(old)} \u2192 {InWords(now)}";
        var isNext = _rows.Count > 0 && _rows[^1].Kind == LitmusTimelineKind.Entry && _rows[^1].Lane == MoverLane
            && _entries.Change == words && change.Address == _entries.Last + 4096;
        _entries = (isNext ? _entries.First : change.Address, change.Address, words);
        if (isNext)
        {
            _rows.RemoveAt(_rows.Count - 1);
        }

        var pages = ((_entries.Last - _entries.First) >> 12) + 1;
        var where = pages == 1 ? Name(change.Address) : Say($"{Name(_entries.First)} ({pages} entries)");
        Add(MoverLane, LitmusTimelineKind.Entry, words.Replace("{0}", where, StringComparison.Ordinal));
    }

    private void AddCall(in NotifierCallRecord call)
    {
        var (kind, text) = call.Callback switch
        {
            NotifierCallback.InvalidateRangeStart => (LitmusTimelineKind.Range, "start"),
            NotifierCallback.IntervalInvalidate => (LitmusTimelineKind.Range, "invalidate interval"),
            NotifierCallback.InvalidateRangeEnd => (LitmusTimelineKind.Range, "end"),
            NotifierCallback.Release => (LitmusTimelineKind.Range, "release"),
            NotifierCallback.InvalidatePage => (LitmusTimelineKind.Invalidation, "invalidate_page"),
            NotifierCallback.InvalidateSecondaryTlb => (LitmusTimelineKind.Invalidation, "invalidate"),
            _ => (LitmusTimelineKind.Range, "young"),
        };
        var where = call.Callback == NotifierCallback.Release ? string.Empty : $" {Bounds(call.Start, call.End)}";
        Add(MoverLane, kind, text + where);
    }

    private void AddStore(in CpuAccessRecord store)
    {
        var value = _run.Program.Values.InWords((uint)store.Data);
        Add(MoverLane, LitmusTimelineKind.Access, $"stores {value} in {Page(store.Physical >> 12)}");
    }

    private void AddTranslation(in TranslationRecord translation)
    {
        var entry = new TranslationEntry(translation.Entry);
        var text = entry.GrantsAccess
            ? $"{Name(translation.Va)} is {Page((entry.Range.Base + (translation.Va & (entry.Range.Last - entry.Range.Base))) >> 12)}"
            : $"no access to {Name(translation.Va)}";
        Add(DeviceLane, LitmusTimelineKind.Access, $"translation: {text}");
    }

    private void AddTlp(ReadOnlySpan<byte> payload)
    {
        if (!TlpView.TryRead(payload, out var tlp, out _) || tlp.AddressType != AddressType.Translated || tlp.IsCompletion || tlp.IsMessage)
        {
            return;
        }

        var verb = tlp.Kind is TlpKind.MemoryRead ? "reads" : tlp.Kind is TlpKind.MemoryWrite ? "writes" : "adds to";
        Add(DeviceLane, LitmusTimelineKind.Access, $"{verb} {Page(tlp.Address >> 12)} by its translation");
    }

    private string Bounds(ulong start, ulong end)
    {
        if (start == 0 || end is 0 or ulong.MaxValue)
        {
            return "of everything";
        }

        var size = end - start;
        return size == 4096 ? Name(start)
            : size % (1 << 20) == 0 ? Say($"{Name(start)} ({size >> 20} MiB)") : Say($"{Name(start)} ({size >> 10} KiB)");
    }

    private string InWords(PageTableEntry entry) => entry.IsNone ? "nothing"
        : !entry.IsPresent ? "not present"
        : $"{Page(entry.Frame)}{(entry.IsWritable ? string.Empty : " read-only")}";

    private string Page(ulong frame)
    {
        if ((_run.Bench.Memory.FlagsOf(PhysicalAddress.OfFrame(frame)) & FrameFlags.Zero) != 0)
        {
            return "the zero page";
        }

        if (!_pages.Contains(frame))
        {
            _pages.Add(frame);
        }

        return Say($"P{_pages.IndexOf(frame) + 1}");
    }

    // The mapping that begins at or below it, and the distance.
    private string Name(ulong address)
    {
        var (name, start) = _names.FindLast(known => known.Start <= (address | PageMask));
        var distance = (address & ~PageMask) - start;
        return name is null || distance > 1 << 30 ? Say($"0x{address:x}") : distance == 0 ? name : Say($"{name}+{distance >> 10}KiB");
    }

    private string Owner(uint mmId)
    {
        var main = _run.Program.Processes[0].Name;
        return !_run.Scenario.HasProcess(main) || _run.Scenario.Process(main, default).Space.Id == mmId ? string.Empty : "other ";
    }

    private int LaneOf(LitmusThread thread) => _run.Threads.ToList().IndexOf(thread);

    private void Add(int lane, LitmusTimelineKind kind, string text)
    {
        var row = new LitmusTimelineRow(lane, kind, text);
        if (_rows.Count > 0 && _rows[^1] with { Count = 1 } == row)
        {
            _rows[^1] = row with { Count = _rows[^1].Count + 1 };
        }
        else
        {
            _rows.Add(row);
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
