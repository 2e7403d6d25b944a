using System.Globalization;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Checking;

/// <summary>Turns journal lines into words.</summary>
public static class JournalText
{
    private const int TlpBytesMax = 4200;

    /// <summary>One kept line in words.</summary>
    /// <param name="entry">The line.</param>
    /// <param name="isKey">Whether a proof rests on it.</param>
    public static EvidenceLine Describe(in JournalEntry entry, bool isKey)
    {
        var (text, detail) = entry.Source == JournalSource.Wire || entry.Kind == JournalKind.TlpDelivered
            ? DescribeTlp(in entry)
            : (Describe(in entry), null);
        return new EvidenceLine(entry.Time, entry.Source, text, detail, isKey);
    }

    /// <summary>The last lines of a journal in words, oldest first.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="count">How many at most.</param>
    public static IReadOnlyList<EvidenceLine> Last(EventJournal journal, int count)
    {
        var lines = new List<EvidenceLine>();
        var from = Math.Max(journal.Oldest, journal.Count > (ulong)count ? journal.Count - (ulong)count : 0);
        for (var line = from; line < journal.Count; line++)
        {
            if (journal[line].Kind != JournalKind.TlpDelivered)
            {
                lines.Add(Describe(in journal[line], isKey: false));
            }
        }

        return lines;
    }

    private static (string Text, string? Detail) DescribeTlp(in JournalEntry entry)
    {
        // Long payloads are kept in part; the fields all stand in the part that is kept.
        Span<byte> bytes = stackalloc byte[TlpBytesMax];
        var length = Math.Min((int)entry.PayloadLength, TlpBytesMax);
        bytes.Clear();
        entry.Payload.CopyTo(bytes);
        var direction = entry.Kind switch
        {
            JournalKind.TlpFromDevice => "device → host: ",
            JournalKind.TlpDelivered => "reaches the device: ",
            _ => "host → device: ",
        };
        var hex = TlpText.Hex(entry.Payload) + (entry.PayloadLength > JournalEntry.PayloadCapacity ? " …" : string.Empty);
        return TlpView.TryRead(bytes[..length], out var tlp, out var fault)
            ? (direction + TlpText.Line(tlp), hex)
            : ($"{direction}not a TLP: {fault.Sentence}", hex);
    }

    private static string Describe(in JournalEntry entry) => entry.Kind switch
    {
        JournalKind.OperationBegin => Operation(entry.Read<OperationRecord>(), "begins"),
        JournalKind.OperationEnd => Operation(entry.Read<OperationRecord>(), "returns"),
        JournalKind.EntryChange => EntryChange(entry.Read<EntryChangeRecord>()),
        JournalKind.CpuWrite => Access(entry.Read<CpuAccessRecord>(), "stores to"),
        JournalKind.CpuRead => Access(entry.Read<CpuAccessRecord>(), "loads from"),
        JournalKind.FrameAllocated => Frame(entry.Read<FrameRecord>(), "is handed out"),
        JournalKind.FrameFreed => Frame(entry.Read<FrameRecord>(), "goes back to the free list"),
        JournalKind.CpuTlbFlush => Flush(entry.Read<TlbFlushRecord>()),
        JournalKind.NotifierCall => Notifier(entry.Read<NotifierCallRecord>()),
        JournalKind.NotifierFinding => $"validator: {entry.Read<NotifierFinding>()}",
        JournalKind.DeviceReset => "the device is reset",
        JournalKind.CommandStarted => Command(entry.Read<CommandRecord>()),
        JournalKind.CommandFinished => CommandResult(entry.Read<CommandResultRecord>()),
        JournalKind.InvalidationBegin => Invalidation(entry.Read<InvalidationRecord>()),
        JournalKind.InvalidationEnd => Say($"invalidation #{entry.Read<InvalidationRecord>().Ticket}: all completions are there"),
        JournalKind.Quarantine => Say($"a deadline passed: the device is quarantined (ITags 0x{entry.Read<QuarantineRecord>().Tags:x8} outstanding)"),
        JournalKind.Translation => Translation(entry.Read<TranslationRecord>()),
        JournalKind.AgentService => Service(entry.Read<AgentServiceRecord>()),
        JournalKind.PasidBinding => Binding(entry.Read<PasidBindingRecord>()),
        _ => entry.Kind.ToString(),
    };

    private static string Operation(in OperationRecord record, string verb)
    {
        var result = verb == "returns" ? Say($" {record.Result}") : string.Empty;
        return Say($"mm {record.MmId}: {record.Kind} [0x{record.Start:x}, 0x{record.End:x}) {verb}{result}");
    }

    private static string EntryChange(in EntryChangeRecord record)
    {
        var level = record.LevelShift switch { 12 => "pte", 21 => "pmd", 30 => "pud", 39 => "p4d", _ => "pgd" };
        return Say($"mm {record.MmId}: {level} of 0x{record.Address:x}: {Entry(record.OldEntry)} → {Entry(record.NewEntry)}");
    }

    private static string Entry(ulong bits)
    {
        var entry = new PageTableEntry(bits);
        return entry.IsNone ? "none"
            : !entry.IsPresent ? Say($"not present (0x{bits:x})")
            : Say($"frame 0x{entry.Frame:x} {(entry.IsWritable ? "RW" : "R")}");
    }

    private static string Access(in CpuAccessRecord record, string verb) => record.Address == 0
        ? Say($"mm {record.MmId}: the kernel {verb} physical 0x{record.Physical:x}, {record.LengthBytes} bytes, first 0x{record.Data:x}")
        : Say($"mm {record.MmId}: CPU {verb} 0x{record.Address:x} (physical 0x{record.Physical:x}), {record.LengthBytes} bytes, first 0x{record.Data:x}");

    private static string Frame(in FrameRecord record, string verb) =>
        Say($"frame 0x{record.Frame:x}{(record.Order == 0 ? string.Empty : Say($" (order {record.Order})"))} {verb}");

    private static string Flush(in TlbFlushRecord record) =>
        Say($"mm {record.MmId}: CPU TLB flush [0x{record.Start:x}, {EndText(record.End)})");

    private static string Notifier(in NotifierCallRecord record)
    {
        var name = record.Callback switch
        {
            NotifierCallback.InvalidateRangeStart => Say($"invalidate_range_start ({record.Event})"),
            NotifierCallback.InvalidateRangeEnd => Say($"invalidate_range_end ({record.Event})"),
            NotifierCallback.InvalidateSecondaryTlb => "invalidate secondary TLB",
            NotifierCallback.Release => "release",
            _ => record.Callback.ToString(),
        };
        return Say($"mm {record.MmId}: {name} [0x{record.Start:x}, {EndText(record.End)})");
    }

    private static string Command(in CommandRecord record)
    {
        var pasid = record.Pasid == Grant.NoPasid ? "no PASID" : Say($"PASID 0x{record.Pasid:x}");
        var how = record.IsUntranslated ? " untranslated" : string.Empty;
        var kind = record.IsAtomic ? "atomic" : record.IsWrite ? "write" : "read";
        var function = record.Function == 0 ? string.Empty : Say($" by function {record.Function}");
        return Say($"DMA {kind} of 0x{record.Va:x}, {record.LengthBytes} bytes, {pasid}{how} starts{function} (slot {record.Slot})");
    }

    private static string CommandResult(in CommandResultRecord record) => record.Error == 0
        ? Say($"DMA in slot {record.Slot} ends: {record.LengthDw} DWs, first bytes 0x{record.Data:x}")
        : Say($"DMA in slot {record.Slot} ends with error {record.Error}");

    private static string Invalidation(in InvalidationRecord record)
    {
        var pasid = record.Pasid == InvalidationRecord.NoPasid ? "no PASID" : Say($"PASID 0x{record.Pasid:x}");
        return Say($"invalidation #{record.Ticket} of [0x{record.First:x}, 0x{record.Last:x}], {pasid}{(record.IsGlobal ? ", global" : string.Empty)}");
    }

    private static string Translation(in TranslationRecord record)
    {
        var pasid = record.Pasid == InvalidationRecord.NoPasid ? "no PASID" : Say($"PASID 0x{record.Pasid:x}");
        var entry = new TranslationEntry(record.Entry);
        return entry.GrantsAccess
            ? Say($"translation of 0x{record.Va:x}, {pasid}: granted {entry}")
            : Say($"translation of 0x{record.Va:x}, {pasid}: no access");
    }

    private static string Binding(in PasidBindingRecord record)
    {
        var pasid = record.Pasid == InvalidationRecord.NoPasid ? "requests without PASID" : Say($"PASID 0x{record.Pasid:x}");
        return record.AddressSpace == 0 ? $"{pasid}: unbound" : Say($"{pasid}: bound to mm {record.AddressSpace}");
    }

    private static string Service(in AgentServiceRecord record) =>
        $"the agent {(record.IsServed ? "serves" : "no longer serves")} Translation Requests of {new RequesterId(record.Function)}";

    private static string EndText(ulong end) => end == ulong.MaxValue ? "max" : Say($"0x{end:x}");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
