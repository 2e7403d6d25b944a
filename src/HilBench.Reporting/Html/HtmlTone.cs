using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>Colours and signs. A colour never stands alone: a sign and a word say the same.</summary>
internal static class HtmlTone
{
    /// <summary>The class that sets a verdict's colours.</summary>
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "good",
        Verdict.Failed or Verdict.Error => "bad",
        Verdict.KnownUnsafe => "warn",
        _ => "none",
    };

    /// <summary>The class that sets a severity's colours.</summary>
    public static string Of(RuleSeverity severity) => severity switch
    {
        RuleSeverity.Critical or RuleSeverity.Error => "bad",
        RuleSeverity.Warning => "warn",
        _ => "none",
    };

    /// <summary>A verdict's sign as inline SVG.</summary>
    public static string Sign(Verdict verdict) => verdict switch
    {
        Verdict.Passed => Svg("M3.5 8.5l3 3 6-7"),
        Verdict.Failed => Svg("M4 4l8 8M12 4l-8 8"),
        Verdict.Error => Svg("M8 3v6M8 12.2v.3"),
        Verdict.KnownUnsafe => Svg("M8 4v5M8 11.8v.2"),
        _ => Svg("M4 8h8"),
    };

    /// <summary>A verdict as a badge: sign and word.</summary>
    public static void Badge(HtmlPage page, Verdict verdict)
    {
        page.Add($"<span class=\"badge {Of(verdict)}\">");
        page.Raw(Sign(verdict));
        page.Add($"{ResultWords.Of(verdict)}</span>");
    }

    private static string Svg(string path) =>
        $"<svg viewBox=\"0 0 16 16\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.4\" stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>";
}
