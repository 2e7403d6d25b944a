using System.Globalization;
using System.Text;
using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting;

/// <summary>A run as one page that needs nothing else: no network, no other file. Readable without scripts and on paper.</summary>
public static class HtmlReport
{
    /// <summary>The name of the page in its folder.</summary>
    public const string FileName = "index.html";

    /// <summary>Writes the page into a folder, which is made when it is not there.</summary>
    /// <returns>The path of the page.</returns>
    /// <exception cref="BenchException">The folder cannot be written, or the disk is full. Nothing is left behind.</exception>
    public static string Write(string folder, RunResult run)
    {
        var path = Path.Combine(folder, FileName);
        WholeFile.Write(path, Encoding.UTF8.GetBytes(Of(run)));
        return path;
    }

    /// <summary>The page. It is well-formed XML as well.</summary>
    public static string Of(RunResult run)
    {
        var page = new HtmlPage();
        WriteHead(page, run);
        page.Raw("<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n");
        WriteBar(page, run);
        page.Raw("<main id=\"main\">\n");
        HtmlHero.Write(page, run);
        HtmlFailures.Write(page, run);
        HtmlRules.Write(page, run);
        HtmlBins.Write(page, run);
        HtmlScenarios.Write(page, run);
        page.Add($"<footer>HilBench {run.Version} &#183; ran {run.Duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s &#183; this page needs no other file and can be sent as it is</footer>\n");
        page.Raw("</main>\n<script>/*<![CDATA[*/\n");
        page.Raw(Resource("script.js"));
        page.Raw("/*]]>*/</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void WriteHead(HtmlPage page, RunResult run)
    {
        page.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        page.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        page.Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"/>\n");
        page.Add($"<title>{HtmlHero.Headline(run)} &#183; {run.Device} &#183; HilBench</title>\n<link rel=\"icon\" href=\"data:,\"/>\n<style>\n");
        page.Raw(Resource("style.css"));
        page.Raw("</style>\n</head>\n");
    }

    private static void WriteBar(HtmlPage page, RunResult run)
    {
        page.Raw("""
            <header class="bar"><div class="inner"><span class="mark"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M3 6h18M3 12h18M3 18h18" opacity=".35"/><path d="M7 6v6h10v6"/><path d="M14.5 15.5L17 18l2.5-2.5" stroke-linejoin="round"/></svg>HilBench</span>

            """);
        HtmlTone.Badge(page, HtmlHero.Overall(run));
        page.Raw("<nav aria-label=\"Sections\">");
        if (HtmlFailures.Of(run).Count > 0)
        {
            page.Raw("<a href=\"#failures\">What is broken</a>");
        }

        if (HtmlFailures.KnownUnsafeOf(run).Count > 0)
        {
            page.Raw("<a href=\"#known-unsafe\">Known unsafe</a>");
        }

        if (HtmlFailures.WarningsOf(run).Count > 0)
        {
            page.Raw("<a href=\"#warnings\">Warnings</a>");
        }

        page.Raw("<a href=\"#rules\">Rules checked</a><a href=\"#scenarios\">Scenarios</a></nav></div></header>\n");
    }

    private static string Resource(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
