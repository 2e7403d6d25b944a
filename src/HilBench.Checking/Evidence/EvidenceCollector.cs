using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>Picks the journal lines that prove a violation: those it rests on, and what happened to the pages concerned.</summary>
internal sealed class EvidenceCollector(EventJournal journal)
{
    private const int ContextLinesMax = 16;

    public IReadOnlyList<EvidenceLine> Collect(in EvidenceSubject subject)
    {
        var keys = new SortedSet<ulong>(subject.Lines.Where(line => line >= journal.Oldest && line < journal.Count));
        var lines = new SortedDictionary<ulong, EvidenceLine>();
        if (subject.Va is { } va && keys.Count > 0)
        {
            var mask = (1UL << subject.Shift) - 1;
            var first = keys.Min - Math.Min(keys.Min, subject.LinesBefore);
            AddContext(lines, keys, first, va & ~mask, (va | mask) + 1);
        }

        foreach (var key in keys)
        {
            lines[key] = JournalText.Describe(in journal[key], isKey: true);
        }

        return [.. lines.Values];
    }

    // From the end back, so that the newest context is kept when there is more of it than a reader wants.
    private void AddContext(SortedDictionary<ulong, EvidenceLine> lines, SortedSet<ulong> keys, ulong first, ulong start, ulong end)
    {
        for (var line = keys.Max; line >= first && line >= journal.Oldest && lines.Count < ContextLinesMax; line--)
        {
            ref readonly var entry = ref journal[line];
            if (!keys.Contains(line) && Concerns(in entry, start, end))
            {
                lines[line] = JournalText.Describe(in entry, isKey: entry.Kind is JournalKind.EntryChange or JournalKind.Translation);
            }

            if (line == 0)
            {
                break;
            }
        }
    }

    private static bool Concerns(in JournalEntry entry, ulong start, ulong end) => entry.Kind switch
    {
        JournalKind.OperationBegin or JournalKind.OperationEnd =>
            entry.Read<OperationRecord>() is var operation && operation.Start < end && operation.End > start,
        JournalKind.EntryChange =>
            entry.Read<EntryChangeRecord>() is var change && change.Address < end && change.Address + (1UL << change.LevelShift) > start,
        JournalKind.CpuWrite =>
            entry.Read<CpuAccessRecord>() is var access && access.Address < end && access.Address + access.LengthBytes > start,
        JournalKind.NotifierCall =>
            entry.Read<NotifierCallRecord>() is var call && call.Start < end && call.End > start,
        JournalKind.Translation =>
            entry.Read<TranslationRecord>() is var translation && Overlaps(in translation, start, end),
        JournalKind.CommandStarted =>
            entry.Read<CommandRecord>() is var command && command.Va < end && command.Va + (ulong)command.LengthBytes > start,
        _ => false,
    };

    private static bool Overlaps(in TranslationRecord record, ulong start, ulong end)
    {
        var entry = new TranslationEntry(record.Entry);
        var block = AtsRange.Around(record.Va, entry.GrantsAccess ? entry.Range.SizeShift : AtsRange.MinSizeShift);
        return block.Base < end && block.Last >= start;
    }
}
