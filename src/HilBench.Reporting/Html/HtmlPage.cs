using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace HilBench.Reporting;

/// <summary>A page that grows. What stands in the holes of an added text is escaped; the text around them is markup.</summary>
internal sealed class HtmlPage
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds markup with escaped values.</summary>
#pragma warning disable CA1822 // The handler, which is made with this page, has written into it already.
    public void Add([InterpolatedStringHandlerArgument("")] MarkupHandler markup) => _ = markup;
#pragma warning restore CA1822

    /// <summary>Adds markup as it is.</summary>
    public void Raw(string markup) => _text.Append(markup);

    public override string ToString() => _text.ToString();

    /// <summary>Takes an interpolated string apart: literals are markup, holes are values.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct MarkupHandler(int literalLength, int formattedCount, HtmlPage page)
    {
        private readonly StringBuilder _text = page.Reserve(literalLength + formattedCount);

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? value) => _text.Append(XmlText.Escape(value ?? ""));

        public void AppendFormatted(long value) => _text.Append(value.ToString("N0", CultureInfo.InvariantCulture));

        public void AppendFormatted(ulong value) => _text.Append(value.ToString("N0", CultureInfo.InvariantCulture));
    }

    private StringBuilder Reserve(int length)
    {
        _text.EnsureCapacity(_text.Length + length);
        return _text;
    }
}
