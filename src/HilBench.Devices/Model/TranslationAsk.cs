using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>The one Translation Request that a slot, or the prefetcher, can have on its way.</summary>
internal sealed class TranslationAsk(int owner)
{
    public const int MaxTranslations = 8;

    /// <summary>The owner that is no slot.</summary>
    public const int Prefetcher = DmaEngine.Slots;

    private const byte PrefetchTag = 32;

    // What was asked.
    public ulong Address;
    public Context Context;
    public int Translations;
    public int TrafficClass;
    public bool IsNoWrite;
    public bool IsExecute;
    public ulong AskedAt;

    // How it stands.
    public bool IsOut;        // the tag is in use
    public bool IsAnswered;   // and waits for its turn to be stored
    public bool IsGivenUp;    // nobody waits for it any more
    public bool IsKilled;     // an invalidation overtook it: the answer is worth nothing
    public bool IsCrossed;    // one for another PASID did: the answer is worth nothing if Global
    public ulong KilledAt;

    // The answer.
    public DmaError Error;
    public int Entries;
    public int Stored;
    public ulong StoreAddress;
    public TranslationEntry First;
    public readonly ulong[] Answer = new ulong[MaxTranslations];

    /// <summary>Number of the slot, or <see cref="Prefetcher"/>.</summary>
    public int Owner => owner;

    public byte Tag => owner == Prefetcher ? PrefetchTag : (byte)owner;

    /// <summary>1 GiB around the asked page; entries outside are not stored.</summary>
    public AtsRange Block => AtsRange.Around(Address, TranslationCache.MaxSizeShift);

    /// <summary>It is waited for, and no answer came yet.</summary>
    public bool IsWaiting => IsOut && !IsAnswered && !IsGivenUp;

    /// <summary>Nobody waits for the answer, and it is not to be stored; the tag stays in use until it came.</summary>
    public void GiveUp() => IsGivenUp = IsKilled = true;

    /// <summary>As if it had never been sent. An answer that waits to be stored still has its turn.</summary>
    public void Forget()
    {
        GiveUp();
        IsOut = IsOut && IsAnswered;
    }

    /// <summary>Starts anew.</summary>
    public void Send(ulong now)
    {
        AskedAt = now;
        IsOut = true;
        IsAnswered = IsGivenUp = IsKilled = IsCrossed = false;
    }

    /// <summary>M21: as if each answer were one page.</summary>
    public bool HasAsked(AtsRange range) =>
        range.Base <= Address + (0x1000UL * (ulong)Translations) - 1 && Address <= range.Last;

    /// <summary>What the answer can bring is in the 1 GiB block of the asked page: true when that overlaps.</summary>
    public bool CanMeet(AtsRange range) => Block.Overlaps(range);
}
