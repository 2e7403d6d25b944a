using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>One slot: its registers, and the operation it runs.</summary>
internal sealed class DmaSlot(int index, SlotSchedule schedule)
{
    private const ulong FinishCycles = 2;
    private const ulong PageBytes = 4096;

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
    public DmaOperation Operation;
    public bool IsNoWrite;
    public bool IsUntranslated;
    public bool IsCompareAndSwap;
    public bool IsExecute;
    public bool AsksForPages;
    public int Translations;
    public int TrafficClass;
    public byte Label;

    // How far it has come.
    public int IssuedBytes;
    public int DwsDone;
    public bool IsDone;
    public DmaError Error;
    public uint DataLo;
    public uint DataHi;
    public uint Digest;
    public int PageSuccesses; // since the last memory request

    // The translation in hand while Phase is IssueMemory.
    public ulong TranslatedAddress;
    public AtsRange UsedRange;
    public bool UsesGlobal;
    public bool UsesNone; // untranslated, this TLP
    public ulong KeptPage = ulong.MaxValue; // M32: the page it belongs to

    public int ReadsOut;

    public int Index => index;

    /// <summary>0 or 1.</summary>
    public int Engine => index / (DmaEngine.Slots / TranslationCache.Engines);

    /// <summary>What it does next.</summary>
    public SlotPhase Phase { get; private set; }

    public bool IsBusy => Phase != SlotPhase.Idle;

    public ulong NextAddress => Address + (ulong)IssuedBytes;

    public TranslationFlags Need => Operation switch
    {
        DmaOperation.Read when IsExecute => TranslationFlags.R | TranslationFlags.Exe,
        DmaOperation.Read => TranslationFlags.R,
        DmaOperation.Write => TranslationFlags.W,
        _ => TranslationFlags.R | TranslationFlags.W,
    };

    /// <summary>Pages from the current one on that the operation needs and asks for together.</summary>
    public int PagesWanted
    {
        get
        {
            var last = Address + (ulong)LengthBytes - 1;
            return (int)Math.Min((ulong)Translations, (last / PageBytes) - (NextAddress / PageBytes) + 1);
        }
    }

    /// <summary>STATUS as it reads now.</summary>
    public uint Status => StatusAs(IsBusy, IsDone);

    /// <summary>STATUS as it reads once the operation has ended.</summary>
    public uint FinalStatus => StatusAs(isBusy: false, isDone: true);

    public void Reset()
    {
        AddressRegister = 0;
        ContextRegister = LengthRegister = SeedRegister = 0;
        Label = 0;
        Forget();
    }

    /// <summary>Forgets the operation; the registers stay.</summary>
    public void Forget()
    {
        Go(SlotPhase.Idle, Cycle.Never);
        ReadsOut = 0;
        ClearProgress();
    }

    /// <summary>Takes a COMMAND.</summary>
    /// <returns>False when it is none that the device knows.</returns>
    public bool Begin(uint command)
    {
        ClearProgress();
        Operation = (DmaOperation)(command & 3);
        IsNoWrite = (command & 4) != 0;
        IsUntranslated = (command & 8) != 0;
        Translations = 1 << (int)(command >> 4 & 7);
        IsCompareAndSwap = (command & 0x80) != 0;
        Label = (byte)(command >> 8);
        TrafficClass = (int)(command >> 16) & 7;
        Context = Context.FromRegister(ContextRegister, (int)(command >> 19) & 1, (command & 1u << 21) != 0);
        IsExecute = (command & 1u << 20) != 0 && Operation == DmaOperation.Read && Context.HasPasid;
        AsksForPages = (command & 1u << 22) != 0;
        Address = AddressRegister;
        LengthBytes = (int)Math.Min(LengthRegister, int.MaxValue);
        Seed = SeedRegister;

        var isLengthGood = Operation == DmaOperation.Atomic
            ? LengthBytes == 4
            : LengthBytes is >= 4 and <= DmaEngine.MaxLengthBytes && (LengthBytes & 3) == 0;
        var isAddressGood = Address <= ulong.MaxValue - (ulong)LengthBytes;
        return isLengthGood && isAddressGood && Operation != DmaOperation.None
            && Translations <= TranslationAsk.MaxTranslations;
    }

    /// <summary>Goes on to a phase.</summary>
    /// <param name="phase">What is next.</param>
    /// <param name="readyAt">When; Never: when something else happens.</param>
    public void Go(SlotPhase phase, ulong readyAt)
    {
        Phase = phase;
        schedule.Set(index, phase, readyAt);
    }

    /// <summary>Goes on as soon as possible with what it waits for.</summary>
    public void Wake(ulong now) => schedule.Delay(index, now + 1);

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

    private void ClearProgress()
    {
        IssuedBytes = DwsDone = PageSuccesses = 0;
        IsDone = false;
        Error = DmaError.None;
        DataLo = DataHi = Digest = 0;
        KeptPage = ulong.MaxValue;
    }

    private uint StatusAs(bool isBusy, bool isDone) =>
        (isBusy ? 1u : 0) | (isDone ? 2u : 0) | ((uint)Error << 4) | ((uint)Label << 8) | ((uint)DwsDone << 16);
}
