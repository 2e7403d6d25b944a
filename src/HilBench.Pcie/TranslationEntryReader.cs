namespace HilBench.Pcie;

/// <summary>Walks the 8-byte entries of a Translation Completion (ats-rules A.4).</summary>
/// <param name="payload">The payload of the CplD; a rest of fewer than 8 bytes is not an entry.</param>
public ref struct TranslationEntryReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>Bytes not read yet.</summary>
    public readonly int RestBytes => _rest.Length;

    /// <summary>Reads the next entry. False at the end.</summary>
    public bool TryNext(out TranslationEntry entry)
    {
        if (!AtsPayload.TryRead(_rest, out var bits))
        {
            entry = default;
            return false;
        }

        entry = new TranslationEntry(bits);
        _rest = _rest[TranslationEntry.SizeBytes..];
        return true;
    }
}
