using System.Globalization;
using System.Text;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>
/// Draws the order in which an operation tells its subscribers, changes the page table and flushes TLBs, on kernels side by
/// side. The lines come from the journal of a run.
/// </summary>
public static class OrderPicture
{
    private const int Margin = 20;
    private const int PanelWidth = 440;
    private const int HeaderHeight = 96;
    private const int RowHeight = 26;
    private const int FirstLane = 30;
    private const int LaneWidth = 22;
    private const int LabelLeft = 168;
    private const int FooterHeight = 64;
    private const int LegendWidth = 150;

    private static readonly (OrderLane Lane, string Class, string Legend)[] _lanes =
    [
        (OrderLane.Operation, "op", "the operation"),
        (OrderLane.Range, "range", "start/end clients"),
        (OrderLane.Entry, "entry", "page table"),
        (OrderLane.CpuTlb, "cpu", "CPU TLBs"),
        (OrderLane.DeviceTlb, "device", "device TLB"),
        (OrderLane.Frame, "frame", "page frames"),
    ];

    private const string Style = """
        <style>
          svg { --bg: #ffffff; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --lock: #f1c21b;
                --op: #59636e; --range: #2563eb; --entry: #b45309; --cpu: #0e7490; --device: #be185d; --frame: #15803d; }
          @media (prefers-color-scheme: dark) {
            svg { --bg: #0d1117; --text: #e6edf3; --soft: #9198a1; --line: #30363d; --lock: #d4a72c;
                  --op: #9198a1; --range: #79a8ff; --entry: #f0a355; --cpu: #4cc9e0; --device: #ff7eb6; --frame: #5fd38d; }
          }
          text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: var(--text); }
          .title { font-size: 18px; font-weight: 600; } .panel { font-size: 15px; font-weight: 600; } .soft { fill: var(--soft); }
          .lane { stroke: var(--line); stroke-width: 1; } .span { stroke-width: 3; } .lock { fill: var(--lock); }
          .op { fill: var(--op); stroke: var(--op); } .range { fill: var(--range); stroke: var(--range); }
          .entry { fill: var(--entry); stroke: var(--entry); } .cpu { fill: var(--cpu); stroke: var(--cpu); }
          .device { fill: var(--device); stroke: var(--device); } .frame { fill: var(--frame); stroke: var(--frame); }
        </style>
        """;

    /// <summary>What can be drawn.</summary>
    public static IReadOnlyList<string> Names => [.. OrderStory.All.Select(story => story.Id)];

    /// <summary>The kernels that are drawn unless others are named: before and after 6.6.</summary>
    public static IReadOnlyList<KernelProfile> DefaultProfiles { get; } = [KernelProfile.Linux61, KernelProfile.Linux612];

    /// <summary>The picture as SVG, one panel for each kernel.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="profiles">The kernels, from left to right.</param>
    /// <exception cref="InputException">There is no such picture.</exception>
    public static string Draw(string name, IReadOnlyList<KernelProfile> profiles)
    {
        var story = OrderStory.All.FirstOrDefault(known => known.Id == name)
            ?? throw new InputException($"there is no picture '{name}'", NearestName.Suggest(name, Names));
        var panels = profiles.Select(profile => (Profile: profile, Events: story.Run(profile))).ToList();
        var rows = panels.Max(panel => panel.Events.Count);
        var width = Margin + (panels.Count * (PanelWidth + Margin));
        var height = HeaderHeight + (rows * RowHeight) + FooterHeight;
        var svg = new StringBuilder();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{story.Title}: order of events">""");
        Line(svg, $"<title>{story.Title}: order of events</title>");
        Line(svg, Style);
        Line(svg, $"""<rect width="{width}" height="{height}" rx="6" style="fill: var(--bg)"/>""");
        Line(svg, $"""<text class="title" x="{Margin}" y="34">{story.Title}</text>""");
        Line(svg, $"""<text class="soft" x="{Margin}" y="56">{story.About}</text>""");
        for (var i = 0; i < panels.Count; i++)
        {
            Panel(svg, Margin + (i * (PanelWidth + Margin)), panels[i].Profile, panels[i].Events);
        }

        Legend(svg, height - FooterHeight + 24);
        Line(svg, "</svg>");
        return svg.ToString();
    }

    private static void Panel(StringBuilder svg, int left, KernelProfile profile, IReadOnlyList<OrderEvent> events)
    {
        Line(svg, $"""<g transform="translate({left}, 0)">""");
        Line(svg, $"""<text class="panel" x="0" y="84">{profile.Name}</text>""");
        Line(svg, $"""<text class="soft" x="92" y="84">{profile.SecondaryTlbCallback}</text>""");
        foreach (var (lane, _, _) in _lanes)
        {
            Line(svg, $"""<line class="lane" x1="{X(lane)}" y1="{HeaderHeight}" x2="{X(lane)}" y2="{Y(events.Count)}"/>""");
        }

        Locks(svg, events);
        Ranges(svg, events);
        for (var row = 0; row < events.Count; row++)
        {
            var (x, y) = (X(events[row].Lane), Y(row) + (RowHeight / 2));
            Line(svg, Marker(events[row].Lane, x, y));
            Line(svg, $"""<text x="{LabelLeft}" y="{y + 4}">{events[row].Label}</text>""");
        }

        Line(svg, "</g>");
    }

    private static void Locks(StringBuilder svg, IReadOnlyList<OrderEvent> events)
    {
        for (var row = 0; row < events.Count; row++)
        {
            if (events[row].IsLocked)
            {
                Line(svg, $"""<rect class="lock" x="4" y="{Y(row)}" width="6" height="{RowHeight}"/>""");
            }
        }
    }

    private static void Ranges(StringBuilder svg, IReadOnlyList<OrderEvent> events)
    {
        var open = new Stack<int>();
        for (var row = 0; row < events.Count; row++)
        {
            if (events[row].Lane != OrderLane.Range)
            {
                continue;
            }

            if (events[row].Text.StartsWith("start", StringComparison.Ordinal))
            {
                open.Push(row);
            }
            else if (open.TryPop(out var start))
            {
                var (x, half) = (X(OrderLane.Range), RowHeight / 2);
                Line(svg, $"""<line class="span range" x1="{x}" y1="{Y(start) + half}" x2="{x}" y2="{Y(row) + half}"/>""");
            }
        }
    }

    private static void Legend(StringBuilder svg, int y)
    {
        for (var i = 0; i <= _lanes.Length; i++)
        {
            var (x, line) = (Margin + 6 + (i % 4 * LegendWidth), y + (i / 4 * 22));
            var isLock = i == _lanes.Length;
            Line(svg, isLock
                ? $"""<rect class="lock" x="{x - 3}" y="{line - 11}" width="6" height="14"/>"""
                : Marker(_lanes[i].Lane, x, line - 4));
            Line(svg, $"""<text class="soft" x="{x + 14}" y="{line}">{(isLock ? "page-table lock held" : _lanes[i].Legend)}</text>""");
        }
    }

    private static string Marker(OrderLane lane, int x, int y)
    {
        var name = _lanes[(int)lane].Class;
        return lane == OrderLane.Operation
            ? string.Create(CultureInfo.InvariantCulture, $"""<rect class="{name}" x="{x - 5}" y="{y - 5}" width="10" height="10"/>""")
            : string.Create(CultureInfo.InvariantCulture, $"""<circle class="{name}" cx="{x}" cy="{y}" r="5"/>""");
    }

    private static int X(OrderLane lane) => FirstLane + ((int)lane * LaneWidth);

    private static int Y(int row) => HeaderHeight + (row * RowHeight);

    private static void Line(StringBuilder svg, string text) => svg.Append(text).Append('\n');
}
