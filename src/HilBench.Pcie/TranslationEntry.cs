namespace HilBench.Pcie;

/// <summary>One 8-byte entry of a Translation Completion. Source: ats-rules A.4.</summary>
/// <param name="Bits">The 64-bit value (on the wire big-endian).</param>
public readonly record struct TranslationEntry(ulong Bits)
{
    private const ulong FlagMask =
        (ulong)(TranslationFlags.R | TranslationFlags.W | TranslationFlags.U | TranslationFlags.Exe
            | TranslationFlags.Priv | TranslationFlags.Global | TranslationFlags.CxlIo | TranslationFlags.N);

    private const int AmaShift = 6;

    /// <summary>Size of an entry on the wire: 8 bytes.</summary>
    public const int SizeBytes = 8;

    /// <summary>R: read permitted.</summary>
    public bool R => Has(TranslationFlags.R);

    /// <summary>W: write permitted.</summary>
    public bool W => Has(TranslationFlags.W);

    /// <summary>U: only untranslated requests may be used for the range.</summary>
    public bool U => Has(TranslationFlags.U);

    /// <summary>Exe: execute permitted.</summary>
    public bool Exe => Has(TranslationFlags.Exe);

    /// <summary>Priv: the permissions are for privileged mode.</summary>
    public bool Priv => Has(TranslationFlags.Priv);

    /// <summary>Global: the mapping is global for all PASIDs.</summary>
    public bool Global => Has(TranslationFlags.Global);

    /// <summary>CXL.io: CXL devices only.</summary>
    public bool CxlIo => Has(TranslationFlags.CxlIo);

    /// <summary>N: non-snooped access.</summary>
    public bool N => Has(TranslationFlags.N);

    /// <summary>AMA: memory attributes, 0 to 7.</summary>
    public int Ama => (int)(Bits >> AmaShift) & 7;

    /// <summary>All flag bits at once.</summary>
    public TranslationFlags Flags => (TranslationFlags)(Bits & FlagMask);

    /// <summary>The translated block; undefined when neither R nor W is set (ATS-CPL-005).</summary>
    public AtsRange Range => AtsRange.Decode(Bits);

    /// <summary>True when the entry permits something: R or W.</summary>
    public bool GrantsAccess => (Bits & (ulong)(TranslationFlags.R | TranslationFlags.W)) != 0;

    /// <summary>Puts an entry together.</summary>
    /// <param name="range">The translated block.</param>
    /// <param name="flags">The flag bits.</param>
    /// <param name="ama">Memory attributes, 0 to 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">A field does not fit.</exception>
    public static TranslationEntry From(AtsRange range, TranslationFlags flags, int ama = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)ama, 7u, nameof(ama));
        ArgumentOutOfRangeException.ThrowIfNotEqual((ulong)flags & ~FlagMask, 0UL, nameof(flags));
        return new TranslationEntry(range.Encode() | (ulong)flags | ((ulong)ama << AmaShift));
    }

    /// <summary>As people write it: <c>0x80000000+4KiB RW</c>.</summary>
    public override string ToString() => TlpText.Describe(this);

    private bool Has(TranslationFlags flag) => (Bits & (ulong)flag) != 0;
}
