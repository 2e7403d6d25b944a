using System.Globalization;
using System.Text;

namespace HilBench.Scenarios;

/// <summary>
/// Recorded choices as text: turns as a letter for the branch and the cycles after it ("a b12"), numbers as they are,
/// and whatever comes several times in a row with its count ("a*5").
/// </summary>
internal static class ChoiceText
{
    private const int Letters = 26;
    private const int CountMax = 1_000_000;
    private const int CyclesMax = 1_000_000;

    /// <summary>Turns as text.</summary>
    public static string Of(IReadOnlyList<Turn> turns) => Join(turns, Write);

    /// <summary>Numbers as text.</summary>
    public static string Of(IReadOnlyList<int> numbers) => Join(numbers, number => number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Data as text.</summary>
    public static string Of(IReadOnlyList<uint> numbers) => Join(numbers, number => string.Create(CultureInfo.InvariantCulture, $"0x{number:x}"));

    /// <summary>Reads turns.</summary>
    public static void Read(string text, Place place, List<Turn> turns) => Split(text, place, token => turns.Add(ReadTurn(token, place)));

    /// <summary>Reads numbers from 0 on.</summary>
    public static void Read(string text, Place place, List<int> numbers) =>
        Split(text, place, token => numbers.Add((int)ReadNumber(token, int.MaxValue, place)));

    /// <summary>Reads data.</summary>
    public static void Read(string text, Place place, List<uint> numbers) =>
        Split(text, place, token => numbers.Add((uint)ReadNumber(token, uint.MaxValue, place)));

    private static string Write(Turn turn)
    {
        var branch = turn.Branch < Letters
            ? ((char)('a' + turn.Branch)).ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{turn.Branch}:");
        return turn.Cycles == 0 ? branch : string.Create(CultureInfo.InvariantCulture, $"{branch}{turn.Cycles}");
    }

    private static Turn ReadTurn(string token, Place place)
    {
        var colon = token.IndexOf(':', StringComparison.Ordinal);
        var rest = colon < 0 ? token[1..] : token[(colon + 1)..];
        if (colon < 0 && token[0] is < 'a' or > 'z')
        {
            throw place.Error($"'{token}' is no turn", "Write the branch's letter, and the cycles after it: a12.");
        }

        var branch = colon < 0 ? token[0] - 'a' : (int)ReadNumber(token[..colon], CountMax, place);
        return new Turn(branch, rest.Length == 0 ? 0 : (int)ReadNumber(rest, CyclesMax, place));
    }

    private static ulong ReadNumber(string text, ulong max, Place place) => Quantity.TryParse(text, out var value) && value <= max
        ? value
        : throw place.Error($"'{text}' is no number that is possible here", $"Write a whole number from 0 to {max}.");

    private static string Join<T>(IReadOnlyList<T> values, Func<T, string> write)
        where T : struct, IEquatable<T>
    {
        var text = new StringBuilder();
        for (int i = 0, next; i < values.Count; i = next)
        {
            next = i + 1;
            while (next < values.Count && values[next].Equals(values[i]))
            {
                next++;
            }

            text.Append(text.Length > 0 ? " " : string.Empty).Append(write(values[i]));
            if (next - i > 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"*{next - i}");
            }
        }

        return text.ToString();
    }

    private static void Split(string text, Place place, Action<string> take)
    {
        foreach (var token in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var star = token.IndexOf('*', StringComparison.Ordinal);
            var count = star < 0 ? 1 : (int)ReadNumber(token[(star + 1)..], CountMax, place);
            var value = star < 0 ? token : token[..star];
            if (value.Length == 0)
            {
                throw place.Error($"'{token}' is no choice", "Write it in front of the star.");
            }

            for (var i = 0; i < count; i++)
            {
                take(value);
            }
        }
    }
}
