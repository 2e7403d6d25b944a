using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Memory.Tests.Placements;

/// <summary>
/// Runs an operation and tells, from the journal and the points at which it could be preempted, where one call site
/// invalidated the secondary TLB: L, L2, G and F as the specification, E and X for an end with and without it,
/// G' and F' for a flush after end, P for invalidate_page, young, release.
/// </summary>
internal static class PlacementObserver
{
    public static string Observe(CpuOperation op, CallSite site, ulong address, int level)
    {
        var items = Trace(op);
        var words = new List<string>();
        for (var i = 0; i < items.Count; i++)
        {
            if (Word(items, i, site, address, level) is { } word && (words.Count == 0 || words[^1] != word))
            {
                words.Add(word);
            }
        }

        // KSM write-protects one page, then the other: the same twice says no more than once.
        var half = words.Count / 2;
        var isTwice = words.Count % 2 == 0 && half > 0 && words[..half].SequenceEqual(words[half..]);
        return string.Join(' ', isTwice ? words[..half] : words);
    }

    private static List<Item> Trace(CpuOperation op)
    {
        var journal = op.AddressSpace.Kernel.Journal;
        var items = new List<Item>();
        var next = journal.Count;
        for (var isRunning = true; isRunning;)
        {
            isRunning = op.Steps.MoveNext();
            for (; next < journal.Count; next++)
            {
                items.Add(Read(journal[next]));
            }

            if (isRunning)
            {
                items.Add(new Item { Point = op.Steps.Current.Kind });
            }
        }

        return items;
    }

    private static Item Read(in JournalEntry entry) => entry.Kind switch
    {
        JournalKind.NotifierCall => new Item { Call = entry.Read<NotifierCallRecord>() },
        JournalKind.EntryChange => new Item { Change = entry.Read<EntryChangeRecord>() },
        _ => new Item(),
    };

    private static string? Word(List<Item> items, int i, CallSite site, ulong address, int level)
    {
        if (items[i].Call is not { } call)
        {
            return null;
        }

        switch (call.Callback)
        {
            case NotifierCallback.Release:
                return "release";
            case NotifierCallback.TestYoung or NotifierCallback.ClearYoung or NotifierCallback.ClearFlushYoung
                when site == CallSite.Aging:
                return "young";
            case NotifierCallback.InvalidatePage when call.Site == site:
                return call.Flags.HasFlag(NotifierCallFlags.Atomic) ? "P" : "P'";
            case NotifierCallback.InvalidateRangeEnd when call.Site == site:
                return IsImplied(items, i) ? "E" : "X";
            case NotifierCallback.InvalidateSecondaryTlb
                when call.Site == site && !call.Flags.HasFlag(NotifierCallFlags.Implied):
                break;
            default:
                return null;
        }

        var isAfterEnd = items.Take(i).Any(item => item.Call is { Callback: NotifierCallback.InvalidateRangeEnd } end
            && end.Site == site);
        return LastPoint(items, i) == PreemptionKind.BeforeGatherFlush ? isAfterEnd ? "G'" : "G"
            : !call.Flags.HasFlag(NotifierCallFlags.Atomic) ? isAfterEnd ? "F'" : "F"
            : IsAfterSet(items, i, address, level) ? "L2" : "L";
    }

    /// <summary>Whether the core called the secondary TLB just before this end.</summary>
    private static bool IsImplied(List<Item> items, int i) => items.Take(i).LastOrDefault(item => item.Call is not null)?
        .Call is { Callback: NotifierCallback.InvalidateSecondaryTlb } call && call.Flags.HasFlag(NotifierCallFlags.Implied);

    /// <summary>The last point that says where the operation stands.</summary>
    private static PreemptionKind LastPoint(List<Item> items, int i) => items.Take(i).Last(item => item.Point
        is PreemptionKind.BeforeGatherFlush or PreemptionKind.EntryChanged or PreemptionKind.LockTaken
            or PreemptionKind.LockDropped or PreemptionKind.BeforeFree).Point;

    /// <summary>
    /// Whether, under the page-table lock that is held here, the watched entry has got its new value already.
    /// </summary>
    private static bool IsAfterSet(List<Item> items, int i, ulong address, int level)
    {
        var from = items.FindLastIndex(i, item => item.Point is PreemptionKind.LockTaken or PreemptionKind.LockWait) + 1;
        var to = items.FindIndex(i, item => item.Point == PreemptionKind.LockDropped);
        var section = items[from..(to < 0 ? items.Count : to)];
        var last = section.FindLastIndex(item => item.Change is { } change && change.LevelShift == level
            && change.Address == address);
        if (last < 0)
        {
            return false;
        }

        var points = section.Count(item => item.Point == PreemptionKind.EntryChanged);
        var pointsBefore = section[..(i - from)].Count(item => item.Point == PreemptionKind.EntryChanged);
        var isLast = last < i - from && pointsBefore == points;
        return isLast && (points >= 2 || section[last].Change!.Value.NewEntry != 0);
    }

    private sealed record Item
    {
        public PreemptionKind Point { get; init; }

        public NotifierCallRecord? Call { get; init; }

        public EntryChangeRecord? Change { get; init; }
    }
}
