using HilBench.Checking;

namespace HilBench.Reporting;

/// <summary>Which kinds of meeting between invalidations and translations the run has brought about.</summary>
internal static class HtmlBins
{
    public static void Write(HtmlPage page, RunResult run)
    {
        var bins = InvalidationBins.Of(run);
        if (bins.Count == 0)
        {
            return;
        }

        page.Raw("<section id=\"bins\"><h2>Invalidations met</h2>\n");
        page.Add($"<p>How often an Invalidate Request met a translation that it ends: {bins.Count} kinds, {bins.Sum(bin => bin.Count)} times in all.</p>\n<div class=\"sheet\">");
        WriteTable(page, bins, "invalidated size", bin => bin.Invalidated);
        WriteTable(page, bins, "position in the translation", bin => bin.Position);
        WriteTable(page, bins, "state of the translation", bin => bin.State);
        WriteTable(page, bins, "PASIDs", bin => bin.Pasid);
        page.Raw("</div></section>\n");
    }

    private static void WriteTable(HtmlPage page, IReadOnlyList<InvalidationBin> bins, string what, Func<InvalidationBin, string> column)
    {
        var heads = bins.Select(column).Distinct().ToList();
        page.Add($"<div class=\"table-frame\"><table class=\"broken-rules\"><thead><tr><th scope=\"col\">translation, by {what}</th>");
        foreach (var head in heads)
        {
            page.Add($"<th scope=\"col\" class=\"n\">{head}</th>");
        }

        page.Raw("</tr></thead><tbody>\n");
        foreach (var row in bins.GroupBy(bin => bin.Entry))
        {
            page.Add($"<tr><td class=\"mono\">{row.Key}</td>");
            foreach (var head in heads)
            {
                page.Add($"<td class=\"n\">{row.Where(bin => column(bin) == head).Sum(bin => bin.Count)}</td>");
            }

            page.Raw("</tr>\n");
        }

        page.Raw("</tbody></table></div>\n");
    }
}
