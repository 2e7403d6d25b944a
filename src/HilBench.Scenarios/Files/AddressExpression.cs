using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// An address as a file gives it: a sum of names, numbers with units, and their products and quotients from left to
/// right, such as "buffer + 3 * 4KiB" or "buffer.end - 2MiB / 2".
/// </summary>
internal sealed class AddressExpression
{
    private readonly List<(bool IsNegative, ulong Factor, string? Name)> _terms = [];
    private readonly Place _place;

    private AddressExpression(Place place) => _place = place;

    /// <summary>Reads an expression.</summary>
    public static AddressExpression Parse(string text, Place place)
    {
        var expression = new AddressExpression(place);
        var isNegative = false;
        foreach (var token in Tokens(text))
        {
            if (token is "+" or "-")
            {
                isNegative = token == "-";
            }
            else
            {
                expression.AddTerm(token, isNegative);
                isNegative = false;
            }
        }

        return expression._terms.Count > 0
            ? expression
            : throw place.Error("an address is missing", "Write a name, a number, or a sum of them.");
    }

    /// <summary>The address, with the names known when the step runs.</summary>
    public ulong Evaluate(IReadOnlyDictionary<string, ulong> names)
    {
        var sum = 0UL;
        foreach (var (isNegative, factor, name) in _terms)
        {
            var value = factor * Lookup(name, names);
            sum = isNegative ? sum - value : sum + value;
        }

        return sum;
    }

    private static IEnumerable<string> Tokens(string text) => Cut(text, '+', '-');

    private static IEnumerable<string> Factors(string text) => Cut(text, '*', '/');

    private static IEnumerable<string> Cut(string text, char one, char other)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == one || text[i] == other)
            {
                var token = text[start..i].Trim();
                if (token.Length > 0)
                {
                    yield return token;
                }

                if (i < text.Length)
                {
                    yield return text[i].ToString();
                }

                start = i + 1;
            }
        }
    }

    private void AddTerm(string token, bool isNegative)
    {
        var factor = 1UL;
        string? name = null;
        var isDivision = false;
        foreach (var part in Factors(token))
        {
            if (part is "*" or "/")
            {
                isDivision = part == "/";
            }
            else if (Quantity.TryParse(part, out var number) && !(isDivision && number == 0))
            {
                factor = isDivision ? factor / number : factor * number;
            }
            else if (name is null && !isDivision && part.Length > 0 && (char.IsLetter(part[0]) || part[0] == '_'))
            {
                name = part;
            }
            else
            {
                throw _place.Error($"'{token}' is no address", "Write a name, a number such as 0x1000 or 2MiB, or a product of numbers.");
            }
        }

        _terms.Add((isNegative, factor, name));
    }

    private ulong Lookup(string? name, IReadOnlyDictionary<string, ulong> names) =>
        name is null ? 1
        : names.TryGetValue(name, out var value) ? value
        : throw _place.Error($"'{name}' names nothing", NearestName.Suggest(name, names.Keys));
}
