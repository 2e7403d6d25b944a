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

    /// <summary>Nothing is mapped there.</summary>
    public const string None = "none";

    /// <summary>The register has no value yet.</summary>
    public const string Unset = "unset";

    private const uint FirstText = 0x4C54_0001;
    private const uint DecimalMax = 0xFFFF;
    private readonly List<string> _texts = [];

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
