namespace HilBench.Scenarios;

/// <summary>One line of a litmus file, cut into tokens; comments and empty lines are gone.</summary>
/// <param name="Tokens">At least one.</param>
/// <param name="Text">The line as it stands there, without indentation and comment.</param>
/// <param name="End">Behind its last token.</param>
internal sealed record LitmusLine(IReadOnlyList<LitmusToken> Tokens, string Text, Place End)
{
    private const string Symbols = "{}()[]=<>!";

    /// <summary>The first token.</summary>
    public LitmusToken First => Tokens[0];

    /// <summary>The token at a place of the line; behind the last one the end of the line.</summary>
    public LitmusToken this[int index] => index < Tokens.Count ? Tokens[index] : new(LitmusTokenKind.End, string.Empty, End);

    /// <summary>Cuts a file into lines.</summary>
    /// <exception cref="Journal.InputException">A text has no end.</exception>
    public static IReadOnlyList<LitmusLine> ReadAll(string file, string text)
    {
        var lines = new List<LitmusLine>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var tokens = Cut(file, line.TrimEnd('\r'), number, out var length);
            if (tokens.Count > 0)
            {
                var begin = tokens[0].Place.Column - 1;
                lines.Add(new LitmusLine(tokens, line[begin..length].TrimEnd(), new Place(file, number, length + 1)));
            }
        }

        return lines;
    }

    // A comment begins with # outside of a text.
    private static List<LitmusToken> Cut(string file, string line, int number, out int length)
    {
        var tokens = new List<LitmusToken>();
        var at = 0;
        length = 0;
        while (at < line.Length && line[at] != '#')
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            var place = new Place(file, number, at + 1);
            var start = at;
            if (line[at] == '"')
            {
                var end = line.IndexOf('"', at + 1);
                at = end < 0 ? throw place.Error("a text has no end", "Close it with a quote on the same line.") : end + 1;
                tokens.Add(new(LitmusTokenKind.Text, line[(start + 1)..end], place));
            }
            else if (Symbols.Contains(line[at], StringComparison.Ordinal))
            {
                var isPair = at + 1 < line.Length && line[at + 1] == '=' && "=!<>".Contains(line[at], StringComparison.Ordinal);
                at += isPair ? 2 : 1;
                tokens.Add(new(LitmusTokenKind.Symbol, line[start..at], place));
            }
            else
            {
                while (at < line.Length && !char.IsWhiteSpace(line[at]) && line[at] is not ('"' or '#')
                    && !Symbols.Contains(line[at], StringComparison.Ordinal))
                {
                    at++;
                }

                tokens.Add(new(LitmusTokenKind.Word, line[start..at], place));
            }

            length = at;
        }

        return tokens;
    }
}
