using System.Globalization;

namespace HilBench.Pcie;

/// <summary>Says where and why bytes are not a TLP.</summary>
/// <param name="Reason">The kind of fault.</param>
/// <param name="Offset">The first byte that cannot be right, counted from 0; at most the number of bytes given.</param>
/// <param name="Found">What stands there: a top byte for prefixes and types, else a number of bytes.</param>
/// <param name="Expected">What would be right, in bytes; 0 when that is no number.</param>
public readonly record struct TlpFault(TlpFaultReason Reason, int Offset, int Found, int Expected)
{
    /// <summary>One sentence for people.</summary>
    public string Sentence => Reason switch
    {
        TlpFaultReason.None => "nothing is wrong",
        TlpFaultReason.Empty => "the TLP has no bytes",
        TlpFaultReason.NotWholeDws => Say($"the TLP has {Found} bytes, not a multiple of 4"),
        TlpFaultReason.TooLong => Say($"the TLP has {Found} bytes; the longest one has {Expected}"),
        TlpFaultReason.TruncatedHeader => Say($"the TLP ends after {Found} bytes, its header needs {Expected}"),
        TlpFaultReason.UnknownPrefix => Say($"byte {Offset}: 0x{Found:x2} is not the PASID prefix (0x91)"),
        TlpFaultReason.SecondPrefix => Say($"byte {Offset}: a second prefix, 0x{Found:x2}"),
        TlpFaultReason.UnknownType => Say($"byte {Offset}: 0x{Found:x2} is no Fmt and Type that is known here"),
        TlpFaultReason.PayloadLengthMismatch =>
            Say($"byte {Offset}: {Found} bytes follow the header, Length and TD ask for {Expected}"),
        _ => Say($"fault {Reason} at byte {Offset}"),
    };

    /// <summary>The sentence.</summary>
    public override string ToString() => Sentence;

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
