using System.Globalization;

namespace HilBench.Scenarios;

/// <summary>Numbers with units, as scenario files have them: 4096, 0x1000, 4KiB, 2MiB, 1GiB, 3 pages.</summary>
internal static class Quantity
{
    private static readonly (string Unit, int Shift)[] _units =
        [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("pages", 12), ("page", 12)];

    /// <summary>Reads a number with an optional unit; false also when it needs more than 64 bits. A leading minus is taken by the caller.</summary>
    public static bool TryParse(string text, out ulong value)
    {
        text = text.Trim();
        if (text.Length == 0 || char.IsAsciiDigit(text[^1]))
        {
            return TryParseNumber(text, out value);
        }

        foreach (var (unit, shift) in _units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && TryParseNumber(text[..^unit.Length].TrimEnd(), out value))
            {
                var isFitting = value << shift >> shift == value;
                value <<= shift;
                return isFitting;
            }
        }

        return TryParseNumber(text, out value);
    }

    private static bool TryParseNumber(string text, out ulong value)
    {
        text = text.Replace("_", string.Empty, StringComparison.Ordinal);
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
