using HilBench.Pcie;

namespace HilBench.Devices.Contract;

/// <summary>A TLP that the device sent, and when.</summary>
public sealed record EmittedTlp(byte[] Bytes, ulong Cycle)
{
    public TlpView View => TlpView.TryRead(Bytes, out var tlp, out var fault)
        ? tlp
        : throw new AssertionException($"the device sent a malformed TLP: {fault.Sentence}");

    public TlpKind Kind => View.Kind;

    public bool IsTranslationRequest => View.IsTranslationRequest;

    public bool IsTranslated => View.AddressType == AddressType.Translated
        && Kind is TlpKind.MemoryRead or TlpKind.MemoryWrite or TlpKind.FetchAdd or TlpKind.Cas;

    public ulong Address => View.Address;

    public override string ToString() => $"{Cycle}: {TlpText.Line(Bytes)}";
}
