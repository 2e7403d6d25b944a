using HilBench.Journal;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Reads YAML that a person wrote.</summary>
internal static class YamlText
{
    /// <summary>All documents of a text.</summary>
    /// <param name="file">Its name in messages.</param>
    /// <param name="text">Its content.</param>
    /// <param name="fix">What to do when it is not YAML.</param>
    /// <exception cref="InputException">It is not YAML; with file, line and column.</exception>
    public static IList<YamlDocument> Load(string file, string text, string fix)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
            return stream.Documents;
        }
        catch (YamlException e)
        {
            throw Place.At(file, e is AnchorNotFoundException ? LastUnderstood(text) : e.Start).Error($"this is not YAML: {e.InnerException?.Message ?? e.Message}", fix);
        }
        catch (InvalidOperationException)
        {
            // The parser loses its way in some brackets, and does not say where.
            throw Place.At(file, LastUnderstood(text)).Error("this is not YAML", "Mind brackets and braces from here on.");
        }
    }

    /// <summary>The first alias of nothing, else the last that could be parsed.</summary>
    private static Mark LastUnderstood(string text)
    {
        var anchors = new HashSet<AnchorName>();
        var parser = new Parser(new StringReader(text));
        var last = Mark.Empty;
        try
        {
            while (parser.MoveNext())
            {
                last = parser.Current!.Start;
                if (parser.Current is AnchorAlias alias && !anchors.Contains(alias.Value))
                {
                    return last;
                }

                if (parser.Current is NodeEvent { Anchor.IsEmpty: false } node)
                {
                    anchors.Add(node.Anchor);
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or YamlException)
        {
            // This far and no further.
        }

        return last;
    }
}
