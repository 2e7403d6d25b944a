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
    public byte SizeShift;

    public readonly AtsRange Range => new(Base, SizeShift);

    public readonly ulong Translate(ulong address) => Translated | (address & ~Compared);

    public readonly bool Serves(Context context) =>
        Context == context || (IsGlobal && context.SharesGlobalsOf(Context));
}
