namespace HilBench.Checking;

/// <summary>One translation that the translation agent returned. Addresses are those of the first byte of the block.</summary>
internal struct Grant
{
    /// <summary>Stands for "without PASID".</summary>
    public const uint NoPasid = uint.MaxValue;

    /// <summary><see cref="EndedBy"/> of a translation that is live, or that a later one replaced.</summary>
    public const long NoInvalidation = -1;

    /// <summary><see cref="EndedBy"/> of a translation that ended because ATS was turned off.</summary>
    public const long AtsOff = -2;

    /// <summary><see cref="EndedBy"/> of a translation that came when the device had given its request up.</summary>
    public const long TooLate = -3;

    /// <summary><see cref="EndedBy"/>: its request was out, or its answer on the way, when ATS was turned off.</summary>
    public const long AtsOffInFlight = -10;

    /// <summary><see cref="EndedBy"/>: a function-level reset.</summary>
    public const long FunctionReset = -11;

    /// <summary><see cref="EndedBy"/>: a reset of the whole device.</summary>
    public const long DeviceReset = -12;

    /// <summary><see cref="EndedBy"/>: PASID was turned off.</summary>
    public const long PasidOff = -13;

    /// <summary><see cref="EndedBy"/>: the STU was changed while ATS was off.</summary>
    public const long StuChanged = -14;

    /// <summary>Untranslated address, aligned to the size.</summary>
    public ulong Va;

    /// <summary>Translated address, aligned to the size.</summary>
    public ulong Pa;

    /// <summary>The page that the device asked for.</summary>
    public ulong AskedVa;

    /// <summary>When the device's request reached the host.</summary>
    public ulong AskedAt;

    /// <summary>When the answer was sent.</summary>
    public ulong GrantedAt;

    /// <summary>When the answer was delivered; <see cref="ulong.MaxValue"/> while it is on its way.</summary>
    public ulong DeliveredAt;

    /// <summary>When a later translation of the same block that allows less reached the device; 0: none did.</summary>
    public ulong ReplacedAt;

    /// <summary>Journal line of the request.</summary>
    public ulong RequestLine;

    /// <summary>Journal line of the answer.</summary>
    public ulong AnswerLine;

    /// <summary>The PASID, or <see cref="NoPasid"/>.</summary>
    public uint Pasid;

    /// <summary>Id of the address space that the PASID stood for; 0: none.</summary>
    public uint MmId;

    /// <summary>Bit i: an outstanding Invalidate Request with ITag i matches.</summary>
    public uint KillTags;

    /// <summary>Which invalidation ended it, or <see cref="NoInvalidation"/> or <see cref="AtsOff"/>.</summary>
    public long EndedBy;

    /// <summary>log2 of the size.</summary>
    public byte Shift;

    /// <summary>Position in its completion, from 0.</summary>
    public byte EntryIndex;

    /// <summary>Entries in its completion.</summary>
    public byte EntryCount;

    /// <summary>Read, write and use-untranslated permissions, as in the entry.</summary>
    public bool CanRead;

    /// <summary>W, and the device did not ask with No Write.</summary>
    public bool CanWrite;

    /// <summary>The device asked with No Write.</summary>
    public bool IsNoWrite;

    /// <summary>Exe.</summary>
    public bool CanExecute;

    /// <summary>N: requests that use it are not to be No Snoop.</summary>
    public bool IsSnooped;

    /// <summary>Asked for in privileged mode.</summary>
    public bool IsPrivileged;

    /// <summary>U.</summary>
    public bool IsUntranslatedOnly;

    /// <summary>Global.</summary>
    public bool IsGlobal;

    /// <summary>Whether the device may hold it.</summary>
    public GrantState State;

    public int NextByVa;

    public int NextByPa;

    public readonly ulong Mask => (1UL << Shift) - 1;

    /// <summary>Whether another allows all that this one allows, at the same place.</summary>
    public readonly bool IsWithin(in Grant other) =>
        Pa == other.Pa && (other.CanRead || !CanRead) && (other.CanWrite || !CanWrite) && (other.CanExecute || !CanExecute);

    public readonly bool CoversPa(ulong pa) => (pa & ~Mask) == Pa;

    public readonly bool CoversVa(ulong va) => (va & ~Mask) == Va;
}
