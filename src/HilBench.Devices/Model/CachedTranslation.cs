using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>One translation in the ATC or in a micro-TLB.</summary>
internal struct CachedTranslation
{
    public ulong Base;
    public ulong Compared; // address bits that take part in the compare
    public ulong Translated;
    public Context Context;
    public TranslationFlags Access; // R, W, Exe
    public bool IsGlobal;
    public bool IsPrefetched;
    public ulong Begin; // M60: the asked page, from which the block is counted
    public byte SizeShift;

    public readonly AtsRange Range => new(Base, SizeShift);

    public readonly ulong Translate(ulong address) => Translated | (address & ~Compared);

    /// <summary>M60: as long behind the asked page as the block is, wherever it begins.</summary>
    public readonly CachedTranslation CountedFromBegin(ulong address) => this with
    {
        Translated = Translate(Begin) + (address - Begin),
        Compared = ulong.MaxValue,
    };

    public readonly bool Serves(Context context) =>
        Context == context || (IsGlobal && context.SharesGlobalsOf(Context));
}
