namespace HilBench.Scenarios;

/// <summary>What a token of a litmus file is.</summary>
internal enum LitmusTokenKind
{
    /// <summary>The end of a line.</summary>
    End = 0,

    /// <summary>A name, a number, an address.</summary>
    Word,

    /// <summary>Text in quotes, without them.</summary>
    Text,

    /// <summary>A brace, bracket, parenthesis or comparison.</summary>
    Symbol,
}
