namespace HilBench.Notifiers;

/// <summary>
/// One finding of the validator; also the payload of <see cref="Journal.JournalKind.NotifierFinding"/>.
/// </summary>
/// <param name="Rule">The rule that was broken.</param>
/// <param name="MmId">Whose mm.</param>
/// <param name="OperationId">The operation that broke it.</param>
/// <param name="Start">First byte concerned.</param>
/// <param name="End">Byte after the last byte concerned.</param>
/// <param name="Site">The call site that is to blame, as far as it is known.</param>
public readonly record struct NotifierFinding(NotifierRule Rule, uint MmId, uint OperationId, ulong Start, ulong End,
    CallSite Site = CallSite.None)
{
    /// <summary>The finding in one sentence.</summary>
    public override string ToString() => $"{Rule}: mm {MmId}, operation {OperationId}, [0x{Start:x}, 0x{End:x})";
}
