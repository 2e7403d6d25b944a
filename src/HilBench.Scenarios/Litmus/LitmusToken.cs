namespace HilBench.Scenarios;

/// <summary>A token of a litmus file, and where it begins.</summary>
internal readonly record struct LitmusToken(LitmusTokenKind Kind, string Text, Place Place)
{
    /// <summary>Whether it is this symbol.</summary>
    public bool Is(string symbol) => Kind == LitmusTokenKind.Symbol && Text == symbol;

    /// <summary>Whether it is this word.</summary>
    public bool IsWord(string word) => Kind == LitmusTokenKind.Word && Text == word;

    /// <summary>As messages name it.</summary>
    public override string ToString() => Kind switch
    {
        LitmusTokenKind.End => "the end of the line",
        LitmusTokenKind.Text => $"\"{Text}\"",
        _ => $"'{Text}'",
    };
}
