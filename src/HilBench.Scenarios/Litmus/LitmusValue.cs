using System.Globalization;

namespace HilBench.Scenarios;

/// <summary>
/// Values of registers and memory: 32-bit numbers. A text of a litmus file stands for a number of its own, so that a page shows
/// whose it is.
/// </summary>
internal sealed class LitmusValue
{
    /// <summary>The access was refused.</summary>
    public const string Fault = "fault";

    /// <summary>The write was done.</summary>
    public const string Done = "ok";

    /// <summary>Nothing is mapped there.</summary>
    public const string None = "none";

    /// <summary>A page that the initial state gave no name.</summary>
    public const string OtherPage = "other";

    /// <summary>The register has no value yet.</summary>
    public const string Unset = "unset";

    private const uint FirstText = 0x4C54_0001;
    private const uint DecimalMax = 0xFFFF;
    private readonly List<string> _texts = [];

    private static IReadOnlyList<string> Words { get; } = [Fault, Done, None, Unset, OtherPage];

    /// <summary>Whether it is a word for a value: fault, ok, none, unset, or error and a number of docs/exerciser.md.</summary>
    public static bool IsWord(string text) => Words.Contains(text)
        || (text.Length == 6 && text.StartsWith("error", StringComparison.Ordinal) && char.IsAsciiDigit(text[5]));

    /// <summary>The number that a text stands for.</summary>
    public uint NumberOf(string text)
    {
        var index = _texts.IndexOf(text);
        if (index < 0)
        {
            index = _texts.Count;
            _texts.Add(text);
        }

        return FirstText + (uint)index;
    }

    /// <summary>A number as outcomes and conditions write it: a text, a small number, or hexadecimal.</summary>
    public string InWords(uint number) =>
        number >= FirstText && number - FirstText < _texts.Count ? $"\"{_texts[(int)(number - FirstText)]}\""
        : number <= DecimalMax ? number.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"0x{number:x}");
}
