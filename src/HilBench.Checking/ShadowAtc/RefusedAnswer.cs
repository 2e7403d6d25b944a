namespace HilBench.Checking;

/// <summary>An answer, or a part of one, from which a device may take nothing for a page.</summary>
internal struct RefusedAnswer
{
    /// <summary>The first page that it is about.</summary>
    public ulong Page;

    /// <summary>Pages that it is about; 0: the place is free.</summary>
    public int Pages;

    /// <summary>The PASID of the request, or <see cref="Grant.NoPasid"/>.</summary>
    public uint Pasid;

    /// <summary>The rule that a device breaks that uses it.</summary>
    public RuleCounter Rule;

    /// <summary>The translated address that it carries; with <see cref="Shift"/> 0: none.</summary>
    public ulong Pa;

    /// <summary>log2 of the size that it names; 0: it names none.</summary>
    public byte Shift;

    public ulong RequestLine;
    public ulong AnswerLine;

    public readonly bool IsAbout(ulong page, uint pasid) => Pasid == pasid && page - Page < (ulong)Pages << 12;

    public readonly bool Names(ulong pa) => Shift is > 0 and < 64 && (pa ^ Pa) >> Shift == 0;
}
