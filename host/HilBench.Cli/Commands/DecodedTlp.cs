using HilBench.Pcie;

namespace HilBench.Cli.Commands;

/// <summary>Bytes that a person gave, and what they say.</summary>
/// <param name="Line">The line of the file that they stand in, from 1; 0 for the command line.</param>
/// <param name="Bytes">Wire order.</param>
/// <param name="Kind">The kind of TLP; None when the bytes are malformed.</param>
/// <param name="Fault">Why the bytes are no TLP; its default value when they are one.</param>
internal sealed record DecodedTlp(int Line, byte[] Bytes, TlpKind Kind, TlpFault Fault)
{
    /// <summary>Whether the bytes are a TLP.</summary>
    public bool IsTlp => Fault.Reason == TlpFaultReason.None;

    /// <summary>Reads the bytes.</summary>
    public static DecodedTlp Of(int line, byte[] bytes) =>
        TlpView.TryRead(bytes, out var view, out var fault) ? new(line, bytes, view.Kind, default) : new(line, bytes, TlpKind.None, fault);
}
