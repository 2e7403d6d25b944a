namespace HilBench.Scenarios;

/// <summary>How one run of a litmus test ended.</summary>
/// <param name="Text">
/// Registers in the order of the file, then what its conditions look at: <c>r1=1 r2=0 [A]=1</c>. Two runs that ended alike have
/// the same text. Begins with "hang" where threads wait for ever.
/// </param>
/// <param name="Verdict">What the file says of it.</param>
public sealed record LitmusOutcome(string Text, LitmusVerdict Verdict)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
