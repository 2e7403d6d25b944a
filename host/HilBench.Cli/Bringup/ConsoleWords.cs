using System.Globalization;
using HilBench.Journal;

namespace HilBench.Cli.Bringup;

/// <summary>The words of a console line, taken one after the other.</summary>
internal sealed class ConsoleWords
{
    private readonly List<(string Text, int Column)> _words = [];
    private readonly int _end;
    private int _at;

    public ConsoleWords(string line)
    {
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        var text = comment < 0 ? line : line[..comment];
        _end = text.TrimEnd().Length + 1;
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var start = i;
            while (i < text.Length && !char.IsWhiteSpace(text[i]))
            {
                i++;
            }

            _words.Add((text[start..i], start + 1));
        }
    }

    /// <summary>Whether no word is left.</summary>
    public bool IsEmpty => _at == _words.Count;

    /// <summary>Column of the next word, or behind the last one.</summary>
    public int Column => IsEmpty ? _end : _words[_at].Column;

    /// <summary>The next word.</summary>
    /// <param name="what">What it should be, for the message when there is none.</param>
    public string Take(string what) => IsEmpty ? throw Error($"{what} is missing", "") : _words[_at++].Text;

    /// <summary>The next word without taking it; null when there is none.</summary>
    public string? Peek() => IsEmpty ? null : _words[_at].Text;

    /// <summary>All that is left, parted by one blank.</summary>
    public string Rest()
    {
        var rest = string.Join(' ', _words.Skip(_at).Select(word => word.Text));
        _at = _words.Count;
        return rest;
    }

    /// <summary>No word may be left.</summary>
    public void Close()
    {
        if (!IsEmpty)
        {
            throw Error($"'{_words[_at].Text}' is too much", "");
        }
    }

    /// <summary>A number up to 64 bits: decimal, or 0x and hexadecimal digits; underscores are skipped.</summary>
    public ulong Number(string what, ulong max = ulong.MaxValue)
    {
        var text = Take(what);
        return TryNumber(text, out var value) && value <= max
            ? value
            : throw Back($"'{text}' is no {what}", max == ulong.MaxValue ? "Write a number such as 0x1000." : $"Write a number up to 0x{max:x}.");
    }

    /// <summary>A number, or one of the known names.</summary>
    public ulong NumberOrName(string what, IReadOnlyDictionary<string, int> names, ulong max)
    {
        if (Peek() is { } name && names.TryGetValue(name, out var known))
        {
            _at++;
            return (ulong)known;
        }

        return Peek() is { Length: > 0 } word && char.IsLetter(word[0])
            ? throw Error($"'{word}' is no {what}", NearestName.Suggest(word, names.Keys))
            : Number(what, max);
    }

    /// <summary>Takes "key=value" if the next word is that; null otherwise.</summary>
    public ulong? Option(string key, ulong max)
    {
        if (Peek() is not { } word || !word.StartsWith($"{key}=", StringComparison.Ordinal))
        {
            return null;
        }

        return TryNumber(word[(key.Length + 1)..], out var value) && value <= max
            ? Skip(value)
            : throw Error($"'{word}' is no {key}", $"Write a number up to 0x{max:x}.");
    }

    /// <summary>Takes a word if it is the next one.</summary>
    public bool Flag(string word)
    {
        var isNext = Peek() == word;
        _at += isNext ? 1 : 0;
        return isNext;
    }

    /// <summary>An error at the next word.</summary>
    public ConsoleFault Error(string what, string fix) => new(Column, what, fix);

    /// <summary>An error at the word that was taken last.</summary>
    public ConsoleFault Back(string what, string fix) => new(_words[_at - 1].Column, what, fix);

    public static bool TryNumber(string text, out ulong value)
    {
        text = text.Replace("_", "", StringComparison.Ordinal);
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private ulong Skip(ulong value)
    {
        _at++;
        return value;
    }
}
