using HilBench.Pcie;

namespace HilBench.TranslationAgent;

/// <summary>
/// What the agent does to its next answers to Translation Requests: things that a host does rarely, and mistakes that a
/// device must survive (ats-rules B.3). Checkers judge the device by what was really sent.
/// </summary>
public sealed record AnswerTampering
{
    /// <summary>Answers that are changed: the next so many; 0: all from now on.</summary>
    public int Times { get; init; }

    /// <summary>
    /// The status; with another than Successful Completion there is no data, unless <see cref="HasDataAnyway"/>. Null: as it should be.
    /// </summary>
    public CompletionStatus? Status { get; init; }

    /// <summary>The entries come with whatever status, which makes the completion malformed.</summary>
    public bool HasDataAnyway { get; init; }

    /// <summary>A completion without data, whatever its status.</summary>
    public bool HasNoData { get; init; }

    /// <summary>The EP bit is set.</summary>
    public bool IsPoisoned { get; init; }

    /// <summary>At most so many entries are answered; null: as many as asked for.</summary>
    public int? Entries { get; init; }

    /// <summary>The Byte Count field, 0 to 4096; null: the right one.</summary>
    public int? ByteCount { get; init; }

    /// <summary>DWs more (of zeros) or, negative, fewer than the entries need.</summary>
    public int ExtraDws { get; init; }

    /// <summary>The answer comes in completions of so many bytes, a multiple of 8; 0: in one.</summary>
    public int SplitBytes { get; init; }

    /// <summary>Flags that are set in every entry that grants access.</summary>
    public TranslationFlags Set { get; init; }

    /// <summary>Flags that are cleared in every entry that grants access.</summary>
    public TranslationFlags Clear { get; init; }

    /// <summary>log2 of the size that every entry that grants access names; null: the right one.</summary>
    public int? SizeShift { get; init; }

    /// <summary>Entries grant nothing and carry this translated address; null: as it should be.</summary>
    public ulong? NoAccessAddress { get; init; }

    /// <summary>A page that nothing is mapped at is granted all the same, read and write, at this translated address; null: it is not.</summary>
    public ulong? GrantAddress { get; init; }

    /// <summary>In front of the answer goes a forged one with this tag; null: none.</summary>
    public byte? ForgedTag { get; init; }

    /// <summary>In front of the answer goes a forged one for this Requester ID; null: none.</summary>
    public RequesterId? ForgedRequester { get; init; }

    /// <summary>The translated address that a forged answer grants, read and write, 4 KiB.</summary>
    public ulong ForgedAddress { get; init; }

    /// <summary>An entry as the device gets it.</summary>
    public TranslationEntry Change(TranslationEntry entry)
    {
        if (NoAccessAddress is { } address)
        {
            return TranslationEntry.From(AtsRange.Page(address), TranslationFlags.None);
        }

        if (!entry.GrantsAccess)
        {
            return GrantAddress is { } granted
                ? TranslationEntry.From(AtsRange.Page(granted), TranslationFlags.R | TranslationFlags.W)
                : entry;
        }

        var range = SizeShift is { } shift ? AtsRange.Around(entry.Range.Base, shift) : entry.Range;
        return TranslationEntry.From(range, (entry.Flags | Set) & ~Clear);
    }
}
