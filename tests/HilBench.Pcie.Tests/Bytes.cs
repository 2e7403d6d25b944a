namespace HilBench.Pcie.Tests;

/// <summary>Writes and reads TLPs as the reference documents print them: DWs in hexadecimal.</summary>
internal static class Bytes
{
    public delegate int Write(Span<byte> destination);

    public static byte[] Of(string dws) => Convert.FromHexString(dws.Replace(" ", "", StringComparison.Ordinal));

    public static string Dws(Write write)
    {
        var buffer = new byte[TlpFormat.MaxSizeBytes];
        return TlpText.Hex(buffer.AsSpan(0, write(buffer)));
    }

    public static TlpView View(byte[] bytes) =>
        TlpView.TryRead(bytes, out var tlp, out var fault)
            ? tlp
            : throw new AssertionException($"not a TLP: {fault.Sentence}");
}
