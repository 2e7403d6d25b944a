namespace HilBench.Pcie;

/// <summary>Where hexadecimal text is wrong.</summary>
/// <param name="Line">Counted from 1; 0 when nothing is wrong.</param>
/// <param name="Column">Counted from 1, in characters.</param>
/// <param name="What">What is wrong there, for people.</param>
public readonly record struct HexTextFault(int Line, int Column, string What)
{
    /// <summary>The place and the reason in one line.</summary>
    public override string ToString() => $"line {Line}, column {Column}: {What}";
}
