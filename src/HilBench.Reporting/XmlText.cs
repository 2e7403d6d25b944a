using System.Text;
using System.Xml;

namespace HilBench.Reporting;

/// <summary>Text from outside, made fit for XML and HTML.</summary>
internal static class XmlText
{
    /// <summary>Replaces what XML 1.0 cannot hold (control characters, lone surrogates) by U+FFFD.</summary>
    public static string Clean(string text)
    {
        if (IsClean(text))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                clean.Append(text[i]).Append(text[++i]);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) && text[i] != '\r' ? text[i] : '\uFFFD');
            }
        }

        return clean.ToString();
    }

    /// <summary>Clean text with the characters that mean something in markup written as entities.</summary>
    public static string Escape(string text) => Clean(text)
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal);

    private static bool IsClean(string text)
    {
        foreach (var c in text)
        {
            if (!XmlConvert.IsXmlChar(c) || c == '\r')
            {
                return false;
            }
        }

        return true;
    }
}
