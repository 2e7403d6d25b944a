using System.Globalization;
using HilBench.Journal;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HilBench.Lab.BenchFiles;

/// <summary>Reads one YAML mapping key by key; a key that nobody asked for is an error at its place.</summary>
internal sealed class YamlMap
{
    private const NumberStyles Signed = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    private readonly YamlMappingNode _node;
    private readonly string _file;
    private readonly List<string> _asked = [];

    private YamlMap(YamlNode node, string file, string what)
    {
        _file = file;
        _node = node as YamlMappingNode ?? throw Error(node.Start, $"{what} must be a mapping", "Write key: value pairs.");
        foreach (var key in _node.Children.Keys)
        {
            _ = KeyOf(key);
        }
    }

    /// <summary>The keys, in the file's order.</summary>
    public IEnumerable<string> Keys => _node.Children.Keys.Select(KeyOf);

    /// <summary>Reads a whole file.</summary>
    public static YamlMap Load(string file, string text, string what)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new InputException(
                file, (int)e.Start.Line, (int)e.Start.Column, $"this is not YAML: {e.InnerException?.Message ?? e.Message}", "Mind the indentation.");
        }

        catch (InvalidOperationException)
        {
            // The parser loses its way in some brackets, and does not say where.
            throw new InputException(file, 1, 1, "this is not YAML", "Mind brackets and braces.");
        }

        return stream.Documents.Count switch
        {
            0 => throw new InputException(file, 1, 1, "the file is empty", "See docs/bench-file.md for its form."),
            1 => new YamlMap(stream.Documents[0].RootNode, file, what),
            _ => throw new InputException(
                file, (int)stream.Documents[1].RootNode.Start.Line, (int)stream.Documents[1].RootNode.Start.Column,
                "a second document begins here", "Put all boards into one list."),
        };
    }

    /// <summary>Every key must have been asked for.</summary>
    public void Close()
    {
        foreach (var key in _node.Children.Keys)
        {
            var name = KeyOf(key);
            if (!_asked.Contains(name))
            {
                throw Error(key.Start, $"unknown key '{name}'", NearestName.Suggest(name, _asked));
            }
        }
    }

    public bool Has(string key)
    {
        _asked.Add(key);
        return _node.Children.ContainsKey(new YamlScalarNode(key));
    }

    /// <summary>Whether the value is a mapping; false when it is not there.</summary>
    public bool IsMap(string key) => Has(key) && Node(key) is YamlMappingNode;

    public string Text(string key) => Node(key) is YamlScalarNode { Value: { } value }
        ? value
        : throw ErrorAt(key, $"'{key}' must be a single value", "Write it on one line.");

    public string Text(string key, string otherwise) => Has(key) ? Text(key) : otherwise;

    public YamlMap Map(string key) => new(Node(key), _file, $"'{key}'");

    public IReadOnlyList<YamlMap> Maps(string key) => !Has(key) ? [] : Node(key) is YamlSequenceNode list
        ? [.. list.Children.Select(node => new YamlMap(node, _file, $"an element of '{key}'"))]
        : throw ErrorAt(key, $"'{key}' must be a list", "Start each element with a dash.");

    /// <summary>A whole number within bounds, both included; decimal, or 0x and hexadecimal digits.</summary>
    public int Integer(string key, int low, int high)
    {
        var text = Text(key);
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign;
        return int.TryParse(isHex ? text[2..] : text, style, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
            ? value
            : throw ErrorAt(key, $"'{text}' is not possible for '{key}'", $"Write a whole number from {low} to {high}.");
    }

    public string OneOf(string key, string otherwise, params string[] known)
    {
        var text = Text(key, otherwise);
        return known.Contains(text)
            ? text
            : throw ErrorAt(key, $"'{text}' is not possible for '{key}'", NearestName.Suggest(text, known));
    }

    /// <summary>A number with one of the units, counted in the first of them.</summary>
    public int Amount(string key, params (string Name, decimal Factor)[] units)
    {
        var text = Text(key);
        foreach (var (name, factor) in units.OrderByDescending(unit => unit.Name.Length))
        {
            if (text.EndsWith(name, StringComparison.Ordinal)
                && decimal.TryParse(text[..^name.Length].TrimEnd(), Signed, CultureInfo.InvariantCulture, out var number)
                && number is > -1_000_000 and < 1_000_000
                && number * factor is >= int.MinValue and <= int.MaxValue
                && number * factor == decimal.Truncate(number * factor))
            {
                return (int)(number * factor);
            }
        }

        throw ErrorAt(key, $"'{text}' is not possible for '{key}'", $"Write a number with its unit: {string.Join(", ", units.Select(unit => $"1{unit.Name}"))}.");
    }

    /// <summary>A time, above zero.</summary>
    public TimeSpan Time(string key, TimeSpan otherwise)
    {
        if (!Has(key))
        {
            return otherwise;
        }

        var milliseconds = Amount(key, ("ms", 1), ("s", 1000), ("min", 60_000));
        return milliseconds > 0
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw ErrorAt(key, $"'{key}' must be more than zero", "Write 500ms, for example.");
    }

    /// <summary>An error at the value of a key; at the mapping when it is not there.</summary>
    public InputException ErrorAt(string key, string what, string fix) =>
        Error(_node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value.Start : _node.Start, what, fix);

    /// <summary>An error at a key itself.</summary>
    public InputException ErrorAtKey(string key, string what, string fix) =>
        Error(_node.Children.Keys.First(node => KeyOf(node) == key).Start, what, fix);

    private YamlNode Node(string key)
    {
        if (Has(key))
        {
            return _node.Children[new YamlScalarNode(key)];
        }

        // A key that is missing because it is misspelled: say that, at the misspelled one.
        foreach (var node in _node.Children.Keys)
        {
            var name = KeyOf(node);
            if (!_asked.Contains(name) && NearestName.IsNear(name, key))
            {
                throw Error(node.Start, $"unknown key '{name}'", NearestName.Suggest(name, [key]));
            }
        }

        throw Error(_node.Start, $"'{key}' is missing", $"Add '{key}:'.");
    }

    private string KeyOf(YamlNode key) => key is YamlScalarNode { Value: { } value }
        ? value
        : throw Error(key.Start, "a key must be a single word", "Put text with braces into quotes.");

    private InputException Error(Mark at, string what, string fix) => new(_file, (int)at.Line, (int)at.Column, what, fix);
}
