using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// Takes the answers to Translation Requests and stores them, one entry a cycle, in the order in which they came.
/// </summary>
internal sealed class TranslationStore(ModelFault fault, TranslationCache cache)
{
    private const ulong AnswerCycles = 2;
    private const ulong M19Window = 2;

    private readonly DmaSlot[] _waiting = new DmaSlot[DmaEngine.Slots]; // ring
    private int _head;
    private int _count;

    /// <summary>When the next entry is stored.</summary>
    public ulong NextCycle { get; private set; } = Cycle.Never;

    public void Clear()
    {
        _head = _count = 0;
        NextCycle = Cycle.Never;
    }

    /// <summary>A completion with the tag of a slot's Translation Request.</summary>
    public void TakeAnswer(DmaSlot slot, TlpView tlp, ulong now)
    {
        if (!slot.IsAsking || slot.IsAnswered)
        {
            return;
        }

        slot.IsAnswered = true;
        slot.AnswerError = Judge(slot, tlp);
        slot.AnswerEntries = slot.StoredEntries = 0;
        slot.StoreAddress = slot.AskedAddress;
        slot.FirstAccess = TranslationFlags.None;
        if (slot.AnswerError == DmaError.None)
        {
            var entries = new TranslationEntryReader(tlp.Payload);
            while (entries.TryNext(out var entry))
            {
                slot.Answer[slot.AnswerEntries++] = entry.Bits;
            }
        }

        _waiting[(_head + _count) % _waiting.Length] = slot;
        _count++;
        if (_count == 1)
        {
            NextCycle = now + AnswerCycles;
        }
    }

    /// <summary>Stores one entry of the first answer.</summary>
    /// <returns>The slot whose answer is done with; null when more entries follow.</returns>
    public DmaSlot? Step(ulong now)
    {
        NextCycle = now + 1;
        var slot = _waiting[_head];
        if (slot.IsKilled && fault == ModelFault.M19 && now - slot.KilledAt <= M19Window)
        {
            slot.IsKilled = false;
        }

        if (!slot.IsKilled && slot.StoredEntries < slot.AnswerEntries)
        {
            StoreNext(slot);
            if (slot.StoredEntries < slot.AnswerEntries)
            {
                return null;
            }
        }

        slot.IsAsking = false;
        _head = (_head + 1) % _waiting.Length;
        _count--;
        if (_count == 0)
        {
            NextCycle = Cycle.Never;
        }

        return slot;
    }

    private void StoreNext(DmaSlot slot)
    {
        var entry = new TranslationEntry(slot.Answer[slot.StoredEntries]);
        var granted = entry.Range;
        var address = slot.StoreAddress;
        // U permits untranslated requests only, and this device sends those only when it is told to.
        var access = entry.U ? TranslationFlags.None : entry.Flags & (TranslationFlags.R | TranslationFlags.W);
        if (access != TranslationFlags.None)
        {
            var kept = AtsRange.Around(address, Math.Min(granted.SizeShift, TranslationCache.MaxSizeShift));
            var offset = ulong.MaxValue >> (64 - granted.SizeShift);
            cache.Fill(kept, slot.Context, granted.Base | (kept.Base & offset), access);
        }

        if (slot.StoredEntries == 0)
        {
            slot.FirstAccess = access;
        }

        slot.StoredEntries++;
        slot.StoreAddress = AtsRange.Around(address, granted.SizeShift).Last + 1;
        if (slot.StoreAddress == 0)
        {
            slot.AnswerEntries = slot.StoredEntries; // the space ends here
        }
    }

    private static DmaError Judge(DmaSlot slot, TlpView tlp)
    {
        if (tlp.Status == CompletionStatus.UnsupportedRequest)
        {
            return DmaError.TranslationUnsupported;
        }

        var payload = tlp.Payload.Length;
        var isGood = tlp.Kind == TlpKind.CompletionWithData
            && tlp.Status == CompletionStatus.SuccessfulCompletion
            && !tlp.IsPoisoned
            && payload % TranslationEntry.SizeBytes == 0
            && payload <= slot.Translations * TranslationEntry.SizeBytes
            && payload == tlp.ByteCount;
        return isGood ? DmaError.None : DmaError.TranslationFailed;
    }
}
