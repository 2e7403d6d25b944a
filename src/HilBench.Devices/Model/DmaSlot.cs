using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>One slot: its registers, and the operation it runs.</summary>
internal sealed class DmaSlot(int index, SlotSchedule schedule)
{
    public const int MaxTranslations = 8;

    private const ulong FinishCycles = 2;

    // Registers that the host writes.
    public ulong AddressRegister;
    public uint ContextRegister;
    public uint LengthRegister;
    public uint SeedRegister;

    // The operation, as it was when COMMAND was written.
    public ulong Address;
    public Context Context;
    public int LengthBytes;
    public uint Seed;
    public bool IsWrite;
    public bool IsNoWrite;
    public bool IsUntranslated;
    public int Translations;
    public byte Label;

    // How far it has come.
    public int IssuedBytes;
    public int DwsDone;
    public bool IsDone;
    public DmaError Error;
    public uint DataLo;
    public uint DataHi;
    public uint Digest;

    // The translation in hand while Phase is IssueMemory.
    public ulong TranslatedAddress;
    public AtsRange UsedRange;
    public ulong KeptPage = ulong.MaxValue; // M32: the page it belongs to

    // The Translation Request in flight.
    public bool IsAsking;
    public bool IsAnswered;
    public bool IsKilled; // an invalidation overtook it: the answer is worth nothing
    public ulong KilledAt;
    public ulong AskedAddress;
    public DmaError AnswerError;
    public int AnswerEntries;
    public int StoredEntries;
    public ulong StoreAddress;
    public TranslationFlags FirstAccess;
    public readonly ulong[] Answer = new ulong[MaxTranslations];

    public int ReadsOut;

    /// <summary>What it does next.</summary>
    public SlotPhase Phase { get; private set; }

    public bool IsBusy => Phase != SlotPhase.Idle;

    public ulong NextAddress => Address + (ulong)IssuedBytes;

    public TranslationFlags Need => IsWrite ? TranslationFlags.W : TranslationFlags.R;

    /// <summary>STATUS as it reads now.</summary>
    public uint Status => StatusAs(IsBusy, IsDone);

    /// <summary>STATUS as it reads once the operation has ended.</summary>
    public uint FinalStatus => StatusAs(isBusy: false, isDone: true);

    public void Reset()
    {
        AddressRegister = 0;
        ContextRegister = LengthRegister = SeedRegister = 0;
        Go(SlotPhase.Idle, Cycle.Never);
        IsAsking = IsAnswered = IsKilled = false;
        ReadsOut = 0;
        Label = 0;
        ClearProgress();
        IsDone = false;
    }

    /// <summary>Forgets the last operation's results and its translation.</summary>
    public void ClearProgress()
    {
        IssuedBytes = DwsDone = 0;
        IsDone = false;
        Error = DmaError.None;
        DataLo = DataHi = Digest = 0;
        KeptPage = ulong.MaxValue;
    }

    /// <summary>Goes on to a phase.</summary>
    /// <param name="phase">What is next.</param>
    /// <param name="readyAt">When; Never: when something else happens.</param>
    public void Go(SlotPhase phase, ulong readyAt)
    {
        Phase = phase;
        schedule.Set(index, phase, readyAt);
    }

    /// <summary>Ends the operation early; the first error counts.</summary>
    public void Fail(DmaError error, ulong now)
    {
        Error = Error == DmaError.None ? error : Error;
        End(now);
    }

    /// <summary>Nothing more is asked for: what is left is to wait for data and to finish.</summary>
    public void End(ulong now)
    {
        var waits = ReadsOut > 0;
        Go(waits ? SlotPhase.AwaitReads : SlotPhase.Finish, waits ? Cycle.Never : now + FinishCycles);
    }

    /// <summary>The answer to the Translation Request is stored, or was worth nothing.</summary>
    public void EndTranslation(ulong now)
    {
        if (!IsKilled && AnswerError != DmaError.None)
        {
            Fail(AnswerError, now);
        }
        else if (!IsKilled && (Need & ~FirstAccess) != 0)
        {
            Fail(DmaError.NoAccess, now);
        }
        else
        {
            Go(SlotPhase.Lookup, now + 1); // finds what was stored, or asks again
        }
    }

    /// <summary>Takes data that was read.</summary>
    /// <param name="data">Whole DWs.</param>
    /// <param name="offsetDw">Of the first one within the operation.</param>
    public void Collect(ReadOnlySpan<byte> data, int offsetDw)
    {
        for (; !data.IsEmpty; data = data[4..])
        {
            var value = BinaryPrimitives.ReadUInt32LittleEndian(data);
            Digest += value;
            DataLo = offsetDw == 0 ? value : DataLo;
            DataHi = offsetDw == 1 ? value : DataHi;
            DwsDone++;
            offsetDw++;
        }
    }

    private uint StatusAs(bool isBusy, bool isDone) =>
        (isBusy ? 1u : 0) | (isDone ? 2u : 0) | ((uint)Error << 4) | ((uint)Label << 8) | ((uint)DwsDone << 16);
}
