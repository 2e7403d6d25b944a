using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using HilBench.Journal;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Reads one YAML mapping key by key; a key that nobody asked for is an error at its place.</summary>
internal sealed partial class MapReader
{
    private readonly YamlMappingNode _node;
    private readonly string _file;
    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly Dictionary<string, (YamlNode Node, bool IsAsked)> _values;
    private readonly List<string> _asked = [];

    public MapReader(YamlNode node, string file, IReadOnlyDictionary<string, string> variables, string what)
    {
        _file = file;
        _variables = variables;
        Place = Place.At(file, node.Start);
        _node = node as YamlMappingNode ?? throw Place.Error($"{what} must be a mapping", "Write key: value pairs.");
        _values = new Dictionary<string, (YamlNode, bool)>(_node.Children.Count);
        foreach (var (key, value) in _node.Children)
        {
            _values[KeyOf(key)] = (value, false);
        }
    }

    public Place Place { get; }

    public IEnumerable<string> Keys => _node.Children.Keys.Select(KeyOf);

    /// <summary>The mapping itself.</summary>
    public YamlNode Node() => _node;

    /// <summary>Every key must have been asked for.</summary>
    public void Close()
    {
        foreach (var key in _node.Children.Keys)
        {
            var name = KeyOf(key);
            if (!_values[name].IsAsked)
            {
                throw Place.At(_file, key.Start).Error($"unknown key '{name}'", NearestName.Suggest(name, [.. _asked.Distinct()]));
            }
        }
    }

    public bool Has(string key)
    {
        _asked.Add(key);
        ref var value = ref CollectionsMarshal.GetValueRefOrNullRef(_values, key);
        if (Unsafe.IsNullRef(ref value))
        {
            return false;
        }

        value.IsAsked = true;
        return true;
    }

    public YamlNode Node(string key)
    {
        if (Has(key))
        {
            return _values[key].Node;
        }

        // A key that is missing because it is misspelled: say that, at the misspelled one.
        foreach (var node in _node.Children.Keys)
        {
            var name = KeyOf(node);
            if (!_values[name].IsAsked && NearestName.IsNear(name, key))
            {
                throw Place.At(_file, node.Start).Error($"unknown key '{name}'", NearestName.Suggest(name, [key]));
            }
        }

        throw Place.Error($"'{key}' is missing", $"Add '{key}:'.");
    }

    public Place PlaceOf(string key) => Has(key) ? Place.At(_file, Node(key).Start) : Place;

    public string Text(string key)
    {
        var node = Node(key);
        return node is YamlScalarNode { Value: { } value }
            ? Substitute(value, Place.At(_file, node.Start))
            : throw Place.At(_file, node.Start).Error($"'{key}' must be a single value", "Write it on one line.");
    }

    public string Text(string key, string otherwise) => Has(key) ? Text(key) : otherwise;

    public AddressExpression Address(string key) => AddressExpression.Parse(Text(key), PlaceOf(key));

    public ulong Size(string key)
    {
        var value = Address(key).Evaluate(new Dictionary<string, ulong>());
        return value > 0 ? value : throw PlaceOf(key).Error($"'{key}' is 0", "Write a size such as 4KiB.");
    }

    public ulong Size(string key, ulong otherwise) => Has(key) ? Size(key) : otherwise;

    public int Integer(string key, int otherwise)
    {
        if (!Has(key))
        {
            return otherwise;
        }

        var text = Text(key);
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        var isKnown = Quantity.TryParse(text, out var quantity);
        if (!isKnown && IsSum(text))
        {
            quantity = Address(key).Evaluate(new Dictionary<string, ulong>());
            isKnown = true;
        }

        return isKnown && quantity <= int.MaxValue
            ? (int)quantity
            : throw PlaceOf(key).Error($"'{text}' is no whole number", $"Write '{key}: 8', for example.");
    }

    // What variables were put into, such as "256KiB / 4KiB".
    private static bool IsSum(string text) => text.Length > 0 && char.IsAsciiDigit(text[0]) && text.AsSpan().ContainsAny("+-*/");

    /// <summary>A whole number within bounds, both included.</summary>
    public int Integer(string key, int otherwise, int low, int high)
    {
        var value = Integer(key, otherwise);
        return value >= low && value <= high
            ? value
            : throw PlaceOf(key).Error($"{value} is not possible for '{key}'", $"Write a number from {low} to {high}.");
    }

    /// <summary>A name that address expressions can use.</summary>
    public string Name(string key)
    {
        var text = Text(key);
        return NamePattern().IsMatch(text)
            ? text
            : throw PlaceOf(key).Error($"'{text}' is no name", "Names begin with a letter and hold letters, digits and _.");
    }

    public bool Flag(string key, bool otherwise = false) => !Has(key) ? otherwise : Text(key) switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        var text => throw PlaceOf(key).Error($"'{text}' is neither true nor false", "Write true or false."),
    };

    public string OneOf(string key, string otherwise, params ReadOnlySpan<string> known)
    {
        var text = Text(key, otherwise);
        return known.Contains(text) ? text : throw PlaceOf(key).Error($"'{text}' is not possible for '{key}'", NearestName.Suggest(text, known.ToArray()));
    }

    public IReadOnlyList<string> Texts(string key) => !Has(key) ? [] : Node(key) switch
    {
        YamlSequenceNode list => [.. list.Children.Select(node => Substitute(ScalarOf(node), Place.At(_file, node.Start)))],
        _ => [Text(key)],
    };

    public IReadOnlyList<YamlNode> List(string key) => Node(key) is YamlSequenceNode list
        ? [.. list.Children]
        : throw PlaceOf(key).Error($"'{key}' must be a list", "Start each element with a dash.");

    public MapReader Map(string key) => new(Node(key), _file, _variables, $"'{key}'");

    public MapReader Map(YamlNode node, string what) => new(node, _file, _variables, what);

    private string KeyOf(YamlNode key) => key is YamlScalarNode { Value: { } value }
        ? value
        : throw Place.At(_file, key.Start).Error("a key must be a single word", "Put text with braces into quotes.");

    private string ScalarOf(YamlNode node) => node is YamlScalarNode { Value: { } value }
        ? value
        : throw Place.At(_file, node.Start).Error("a single value is wanted here", "Write it on one line.");

    /// <summary>Puts the values of the scenario's variables in.</summary>
    public string Substitute(string text, Place place) => !text.Contains('{') ? text : VariablePattern().Replace(text, match =>
        _variables.TryGetValue(match.Groups[1].Value, out var value)
            ? value
            : throw place.Error($"there is no variable '{match.Groups[1].Value}'", NearestName.Suggest(match.Groups[1].Value, _variables.Keys)));

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\{([A-Za-z_][A-Za-z0-9_-]*)\}")]
    private static partial Regex VariablePattern();
}
