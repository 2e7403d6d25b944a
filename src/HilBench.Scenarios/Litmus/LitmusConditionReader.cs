using System.Globalization;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Reads conditions: comparisons of registers, memory and values, joined by <c>and</c>, <c>or</c>, <c>not</c> and parentheses.
/// </summary>
internal sealed class LitmusConditionReader
{
    private static readonly string[] _comparisons = ["=", "==", "!=", "<", ">", "<=", ">="];
    private readonly List<LitmusToken> _tokens;
    private readonly LitmusNames _names;
    private readonly List<LitmusTerm> _observed;
    private readonly LitmusToken _end;
    private int _at;

    /// <summary>Reads what follows a word of a line, and the lines below as far as they belong to it.</summary>
    /// <param name="lines">All lines of the file.</param>
    /// <param name="index">The line in which the condition begins; afterwards the last one that belongs to it.</param>
    /// <param name="first">Its first token in that line.</param>
    /// <param name="names">Names of the file.</param>
    /// <param name="observed">Gets what the condition looks at besides registers.</param>
    public LitmusConditionReader(
        IReadOnlyList<LitmusLine> lines, ref int index, int first, LitmusNames names, List<LitmusTerm> observed)
    {
        _names = names;
        _observed = observed;
        _tokens = [.. lines[index].Tokens.Skip(first)];
        while (index + 1 < lines.Count && (IsOpen() || lines[index + 1].First is { Kind: LitmusTokenKind.Word, Text: "and" or "or" }))
        {
            _tokens.AddRange(lines[++index].Tokens);
        }

        _end = lines[index][lines[index].Tokens.Count];
    }

    /// <summary>The whole condition.</summary>
    public LitmusCondition Read()
    {
        var place = Next.Place;
        var condition = ReadOr();
        if (Next.Kind != LitmusTokenKind.End)
        {
            throw Next.Place.Error($"{Next} does not belong here", "Join comparisons by 'and' and 'or'.");
        }

        return new LitmusCondition(Text(), place, condition);
    }

    private string Text()
    {
        var words = _tokens.Select(token => token.Kind == LitmusTokenKind.Text ? $"\"{token.Text}\"" : token.Text);
        return string.Join(' ', words)
            .Replace("[ ", "[", StringComparison.Ordinal)
            .Replace(" ]", "]", StringComparison.Ordinal)
            .Replace("] .", "].", StringComparison.Ordinal);
    }

    private LitmusToken Next => _at < _tokens.Count ? _tokens[_at] : _end;

    // A condition goes on in the next line when something is open or missing.
    private bool IsOpen()
    {
        var depth = _tokens.Count(token => token.Is("(")) - _tokens.Count(token => token.Is(")"));
        return depth > 0 || (_tokens.Count > 0 && _tokens[^1] is { Kind: LitmusTokenKind.Word, Text: "and" or "or" or "not" });
    }

    private Func<LitmusRun, bool> ReadOr()
    {
        var left = ReadAnd();
        while (Next.IsWord("or"))
        {
            _at++;
            var (one, other) = (left, ReadAnd());
            left = run => one(run) || other(run);
        }

        return left;
    }

    private Func<LitmusRun, bool> ReadAnd()
    {
        var left = ReadNot();
        while (Next.IsWord("and"))
        {
            _at++;
            var (one, other) = (left, ReadNot());
            left = run => one(run) && other(run);
        }

        return left;
    }

    private Func<LitmusRun, bool> ReadNot()
    {
        if (Next.IsWord("not"))
        {
            _at++;
            var inner = ReadNot();
            return run => !inner(run);
        }

        if (!Next.Is("("))
        {
            return ReadComparison();
        }

        _at++;
        var condition = ReadOr();
        Expect(")");
        return condition;
    }

    private Func<LitmusRun, bool> ReadComparison()
    {
        if (Next.IsWord("hang"))
        {
            _at++;
            return run => !run.HasEnded;
        }

        var left = ReadTerm();
        if (LitmusNames.IsThread(left.Text) && !_comparisons.Contains(Next.Text))
        {
            return run => left.Evaluate(run) == "1";
        }

        var comparison = Next;
        if (comparison.Kind != LitmusTokenKind.Symbol || !_comparisons.Contains(comparison.Text))
        {
            throw comparison.Place.Error($"a comparison is missing in front of {comparison}", "Write '=', '!=', '<', '>', '<=' or '>='.");
        }

        _at++;
        var right = ReadTerm();
        return comparison.Text switch
        {
            "=" or "==" => run => left.Evaluate(run) == right.Evaluate(run),
            "!=" => run => left.Evaluate(run) != right.Evaluate(run),
            "<" => run => Order(left, right, run) is < 0,
            ">" => run => Order(left, right, run) is > 0,
            "<=" => run => Order(left, right, run) is <= 0,
            _ => run => Order(left, right, run) is >= 0,
        };
    }

    // Null, and so neither less nor greater, where one is no number.
    private static int? Order(LitmusTerm left, LitmusTerm right, LitmusRun run) =>
        long.TryParse(left.Evaluate(run), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var a)
        && long.TryParse(right.Evaluate(run), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : null;

    private LitmusTerm ReadTerm()
    {
        var token = Next;
        _at++;
        if (token.Is("["))
        {
            return Observe(ReadMemory(token.Place));
        }

        if (token.Kind == LitmusTokenKind.Text)
        {
            var text = _names.Values.InWords(_names.Values.NumberOf(token.Text));
            return new LitmusTerm(text, token.Place, _ => text);
        }

        if (token.Kind != LitmusTokenKind.Word)
        {
            throw token.Place.Error(
                $"a register or a value is missing in front of {token}", "Write a register, [address], a number, a text in quotes, fault or none.");
        }

        if (LitmusValue.IsWord(token.Text) || _names.IsPage(token.Text))
        {
            return new LitmusTerm(token.Text, token.Place, _ => token.Text);
        }

        if (Quantity.TryParse(token.Text, out var number))
        {
            var value = number <= uint.MaxValue
                ? _names.Values.InWords((uint)number)
                : throw token.Place.Error($"{token} needs more than 32 bits", "Registers have 32 bits.");
            return new LitmusTerm(value, token.Place, _ => value);
        }

        return Named(token);
    }

    private LitmusTerm Named(LitmusToken token)
    {
        var name = token.Text;
        switch (name)
        {
            case "calls":
                return Observe(new LitmusTerm(name, token.Place, run => run.Calls.All, IsObserved: true));
            case "findings":
                return Observe(new LitmusTerm(name, token.Place, run => run.Findings, IsObserved: true));
        }

        _names.Use(token);
        if (LitmusNames.IsThread(name))
        {
            return new LitmusTerm(name, token.Place, run => run.HasThreadEnded(name) ? "1" : "0");
        }

        return name.Contains('.', StringComparison.Ordinal)
            ? Observe(new LitmusTerm(name, token.Place, run => run.Calls.Of(name), IsObserved: true))
            : new LitmusTerm(name, token.Place, run => run.Register(name));
    }

    private LitmusTerm ReadMemory(Place place)
    {
        var start = _at;
        while (!Next.Is("]") && Next.Kind is LitmusTokenKind.Word)
        {
            _at++;
        }

        var words = _tokens.Skip(start).Take(_at - start).Select(token => token.Text).ToList();
        var first = start < _tokens.Count ? _tokens[start].Place : _end.Place;
        Expect("]");
        var text = string.Concat(words);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var process = colon < 0 ? "main" : text[..colon];
        var address = AddressExpression.Parse(text[(colon + 1)..], first);
        var aspect = Next.Kind == LitmusTokenKind.Word && Next.Text.StartsWith('.') ? Next.Text : string.Empty;
        if (aspect.Length > 0 && !LitmusSight.Aspects.Contains(aspect))
        {
            throw Next.Place.Error($"'{aspect}' is nothing of a page", NearestName.Suggest(aspect, LitmusSight.Aspects));
        }

        _at += aspect.Length > 0 ? 1 : 0;
        return new LitmusTerm($"[{text}]{aspect}", place, run => LitmusSight.At(run, process, address, aspect), IsObserved: true);
    }

    private LitmusTerm Observe(LitmusTerm term)
    {
        if (!_observed.Exists(known => known.Text == term.Text))
        {
            _observed.Add(term);
        }

        return term;
    }

    private void Expect(string symbol)
    {
        if (!Next.Is(symbol))
        {
            throw Next.Place.Error($"'{symbol}' is missing in front of {Next}", "Each bracket needs its other half.");
        }

        _at++;
    }
}
