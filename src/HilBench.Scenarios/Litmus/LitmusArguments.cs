using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>
/// The arguments of a step of a litmus file as a mapping with places, so that all readers of scenario steps can read them.
/// </summary>
internal static class LitmusArguments
{
    private static readonly Dictionary<string, string> _noVariables = [];

    /// <summary>A mapping of keys to values; a value with commas is a list.</summary>
    public static MapReader Of(LitmusToken step, IReadOnlyList<(LitmusToken Key, LitmusToken Value)> arguments)
    {
        var stream = new YamlStream();
        stream.Load(new Events(All(step, arguments)));
        return new MapReader(stream.Documents[0].RootNode, step.Place.File, _noVariables, step.Text);
    }

    /// <summary>The token that an argument was made of.</summary>
    public static LitmusToken Token(MapReader map, string key)
    {
        var text = map.Text(key);
        var isText = map.Node(key) is YamlScalarNode { Style: ScalarStyle.DoubleQuoted };
        return new LitmusToken(isText ? LitmusTokenKind.Text : LitmusTokenKind.Word, text, map.PlaceOf(key));
    }

    private static IEnumerable<ParsingEvent> All(LitmusToken step, IReadOnlyList<(LitmusToken Key, LitmusToken Value)> arguments)
    {
        var begin = MarkOf(step);
        yield return new StreamStart(begin, begin);
        yield return new DocumentStart(null, null, isImplicit: true, begin, begin);
        yield return new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Flow, begin, begin);
        foreach (var (key, value) in arguments)
        {
            yield return ScalarOf(key.Text, key);
            var elements = value.Kind == LitmusTokenKind.Text ? [value.Text] : value.Text.Split(',');
            if (elements.Length > 1)
            {
                yield return new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow, MarkOf(value), MarkOf(value));
            }

            foreach (var element in elements)
            {
                yield return ScalarOf(element, value, value.Kind == LitmusTokenKind.Text ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain);
            }

            if (elements.Length > 1)
            {
                yield return new SequenceEnd(MarkOf(value), MarkOf(value));
            }
        }

        yield return new MappingEnd(begin, begin);
        yield return new DocumentEnd(isImplicit: true, begin, begin);
        yield return new StreamEnd(begin, begin);
    }

    private static Scalar ScalarOf(string text, LitmusToken token, ScalarStyle style = ScalarStyle.Plain) => new(
        AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: false, MarkOf(token), MarkOf(token));

    private static Mark MarkOf(LitmusToken token) => new(0, token.Place.Line, token.Place.Column);

    private sealed class Events(IEnumerable<ParsingEvent> events) : IParser
    {
        private readonly IEnumerator<ParsingEvent> _events = events.GetEnumerator();

        public ParsingEvent? Current => _events.Current;

        public bool MoveNext() => _events.MoveNext();
    }
}
