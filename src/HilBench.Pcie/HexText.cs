namespace HilBench.Pcie;

/// <summary>
/// Reads bytes from hexadecimal text as people paste it: digits in wire order, in groups of any even number, parted by
/// white space or commas, with or without <c>0x</c> and underscores; <c>#</c> starts a comment.
/// </summary>
public static class HexText
{
    /// <summary>Reads the bytes of <paramref name="text"/>.</summary>
    /// <param name="text">The text, any number of lines.</param>
    /// <param name="bytes">The bytes; empty on a fault.</param>
    /// <param name="fault">The first place that is wrong; its default value when nothing is.</param>
    /// <returns>True when the text holds at least one byte and nothing else.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out byte[] bytes, out HexTextFault fault)
    {
        var found = new List<byte>(text.Length / 2);
        var lineNumber = 0;
        foreach (var line in text.EnumerateLines())
        {
            lineNumber++;
            var comment = line.IndexOf('#');
            if (!TryParseLine(comment < 0 ? line : line[..comment], lineNumber, found, out fault))
            {
                bytes = [];
                return false;
            }
        }

        bytes = [.. found];
        fault = found.Count > 0 ? default : new HexTextFault(1, 1, "there are no hexadecimal digits");
        return found.Count > 0;
    }

    private static bool TryParseLine(ReadOnlySpan<char> line, int lineNumber, List<byte> found, out HexTextFault fault)
    {
        var at = 0;
        while (at < line.Length)
        {
            if (IsSeparator(line[at]))
            {
                at++;
                continue;
            }

            var end = at;
            while (end < line.Length && !IsSeparator(line[end]))
            {
                end++;
            }

            if (!TryParseGroup(line[at..end], new HexTextFault(lineNumber, at + 1, ""), found, out fault))
            {
                return false;
            }

            at = end;
        }

        fault = default;
        return true;
    }

    private static bool TryParseGroup(
        ReadOnlySpan<char> group, HexTextFault place, List<byte> found, out HexTextFault fault)
    {
        var start = group.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? 2 : 0;
        var high = -1;
        var digits = 0;
        for (var i = start; i < group.Length; i++)
        {
            if (group[i] == '_')
            {
                continue;
            }

            if (!char.IsAsciiHexDigit(group[i]))
            {
                fault = place with { Column = place.Column + i, What = $"'{group[i]}' is not a hexadecimal digit" };
                return false;
            }

            digits++;
            var value = Convert.ToInt32(group[i].ToString(), 16);
            if (high < 0)
            {
                high = value;
            }
            else
            {
                found.Add((byte)((high << 4) | value));
                high = -1;
            }
        }

        if (digits == 0 || high >= 0)
        {
            fault = place with { What = digits == 0 ? "no digits" : $"{digits} digits: a byte is missing its second" };
            return false;
        }

        fault = default;
        return true;
    }

    private static bool IsSeparator(char c) => char.IsWhiteSpace(c) || c == ',';
}
