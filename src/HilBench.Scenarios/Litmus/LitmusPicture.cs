using System.Text;

namespace HilBench.Scenarios;

/// <summary>Draws the timeline of one run of a litmus test as SVG: a column for each thread, time from top to bottom.</summary>
internal static class LitmusPicture
{
    private const int Margin = 20;
    private const int LaneWidth = 236;
    private const int HeaderHeight = 104;
    private const int RowHeight = 24;
    private const int FooterHeight = 52;
    private const int TitleWidthMin = 760;

    private const string Style = """
        <style>
          svg { --bg: #ffffff; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --bad: #cf222e; --good: #15803d;
                --range: #2563eb; --entry: #b45309; --cpu: #0e7490; --device: #be185d; --frame: #15803d; --access: #59636e; }
          @media (prefers-color-scheme: dark) {
            svg { --bg: #0d1117; --text: #e6edf3; --soft: #9198a1; --line: #30363d; --bad: #ff7b72; --good: #5fd38d;
                  --range: #79a8ff; --entry: #f0a355; --cpu: #4cc9e0; --device: #ff7eb6; --frame: #5fd38d; --access: #9198a1; }
          }
          text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 12.5px; fill: var(--text); }
          .title { font-size: 18px; font-weight: 600; } .panel { font-size: 14px; font-weight: 600; } .soft { fill: var(--soft); }
          .step { font-weight: 600; } .bad { font-weight: 600; fill: var(--bad); } .good { font-weight: 600; fill: var(--good); }
          .lane { stroke: var(--line); stroke-width: 1; } .busy { stroke: var(--soft); stroke-width: 4; }
          .k0, .k7 { fill: var(--text); } .k1 { fill: var(--entry); } .k2 { fill: var(--range); } .k3 { fill: var(--device); }
          .k4 { fill: var(--cpu); } .k5 { fill: var(--frame); } .k6 { fill: var(--access); }
        </style>
        """;

    /// <summary>The picture as SVG.</summary>
    /// <param name="program">The test.</param>
    /// <param name="subtitle">Kernel, placement, mistakes.</param>
    /// <param name="rows">What happened.</param>
    /// <param name="outcome">How it ended.</param>
    public static string Draw(LitmusProgram program, string subtitle, IReadOnlyList<LitmusTimelineRow> rows, LitmusOutcome outcome)
    {
        var lanes = program.Threads.Select(thread => thread.Name).ToList();
        if (rows.Any(row => row.Lane == lanes.Count))
        {
            lanes.Add("device cache and agent");
        }

        var width = Math.Max(TitleWidthMin, (2 * Margin) + (lanes.Count * LaneWidth));
        var height = HeaderHeight + (rows.Count * RowHeight) + FooterHeight;
        var svg = new StringBuilder();
        var title = Escape($"{program.Name}: {program.Title}");
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">""");
        Line(svg, $"<title>{title}</title>");
        Line(svg, Style);
        Line(svg, $"""<rect width="{width}" height="{height}" rx="6" style="fill: var(--bg)"/>""");
        Line(svg, $"""<text class="title" x="{Margin}" y="34">{title}</text>""");
        Line(svg, $"""<text class="soft" x="{Margin}" y="56">{Escape(subtitle)}</text>""");
        for (var lane = 0; lane < lanes.Count; lane++)
        {
            Line(svg, $"""<text class="panel" x="{X(lane)}" y="88">{lanes[lane]}</text>""");
            Line(svg, $"""<line class="lane" x1="{X(lane)}" y1="{HeaderHeight - 8}" x2="{X(lane)}" y2="{Y(rows.Count)}"/>""");
        }

        Busy(svg, rows);
        for (var i = 0; i < rows.Count; i++)
        {
            Row(svg, rows[i], Y(i) + (RowHeight / 2));
        }

        var verdict = outcome.Verdict == LitmusVerdict.Forbidden ? "bad" : "good";
        Line(svg, $"""<text class="{verdict}" x="{Margin}" y="{height - 20}">{Escape(outcome.Text)}: {outcome.Verdict.ToString().ToLowerInvariant()}</text>""");
        Line(svg, "</svg>");
        return svg.ToString();
    }

    private static void Row(StringBuilder svg, LitmusTimelineRow row, int y)
    {
        var x = X(row.Lane);
        var shape = row.Kind is LitmusTimelineKind.Step or LitmusTimelineKind.Result
            ? $"""<rect class="k{(int)row.Kind}" x="{x - 5}" y="{y - 5}" width="10" height="10"/>"""
            : $"""<circle class="k{(int)row.Kind}" cx="{x}" cy="{y}" r="5"/>""";
        Line(svg, shape);
        var style = row.Kind is LitmusTimelineKind.Step or LitmusTimelineKind.Result ? " class=\"step\"" : string.Empty;
        Line(svg, $"""<text{style} x="{x + 12}" y="{y + 4}">{Escape(row.Label)}</text>""");
    }

    // Who moves: from the first to the last line without another thread's between.
    private static void Busy(StringBuilder svg, IReadOnlyList<LitmusTimelineRow> rows)
    {
        for (var first = 0; first < rows.Count;)
        {
            var last = first;
            while (last + 1 < rows.Count && rows[last + 1].Lane == rows[first].Lane)
            {
                last++;
            }

            var half = RowHeight / 2;
            Line(svg, $"""<line class="busy" x1="{X(rows[first].Lane)}" y1="{Y(first) + half}" x2="{X(rows[first].Lane)}" y2="{Y(last) + half}"/>""");
            first = last + 1;
        }
    }

    private static int X(int lane) => Margin + 10 + (lane * LaneWidth);

    private static int Y(int row) => HeaderHeight + (row * RowHeight);

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private static void Line(StringBuilder svg, string text) => svg.Append(text).Append('\n');
}
