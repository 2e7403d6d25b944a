using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting;

/// <summary>Evidence as four lanes, time going down: CPU, notifiers and translation agent, wire, device.</summary>
internal static class HtmlTimeline
{
    private const string ToDevice = "host → device: ";
    private const string ToHost = "device → host: ";

    public static void Write(HtmlPage page, IReadOnlyList<EvidenceLine> lines, string label)
    {
        page.Add($"<div class=\"timeline\" role=\"list\" aria-label=\"{label}\">\n");
        page.Raw("""
            <div class="row lanes" aria-hidden="true"><span>cycle</span><span class="lane-cpu">CPU</span><span class="lane-agent">Notifiers and TA</span><span class="lane-wire">Wire</span><span class="lane-device">Device</span></div>

            """);
        ulong? before = null;
        foreach (var line in lines)
        {
            Write(page, line, before);
            before = line.Time;
        }

        page.Raw("</div>\n");
    }

    private static void Write(HtmlPage page, EvidenceLine line, ulong? before)
    {
        var direction = Direction(line.Text);
        page.Add($"<div class=\"row event{(line.IsKey ? " key" : "")}{direction}\" role=\"listitem\">");
        page.Add($"<span class=\"time\">{line.Time}");
        if (before is { } earlier && line.Time > earlier)
        {
            page.Add($"<small>+{line.Time - earlier}</small>");
        }

        page.Add($"</span><div class=\"card {LaneClass(line.Lane)}\"");
        if (line.Detail is { } tip)
        {
            page.Add($" title=\"{tip}\"");
        }

        page.Raw(">");
        if (direction.Length > 0)
        {
            page.Raw("<i class=\"left\"></i><i class=\"right\"></i>");
        }

        WriteText(page, line);
        if (line.Detail is { } detail)
        {
            page.Add($"<details><summary>hex</summary><code>{detail}</code></details>");
        }

        page.Raw("</div></div>\n");
    }

    private static void WriteText(HtmlPage page, EvidenceLine line)
    {
        if (line.Lane != JournalSource.Wire)
        {
            page.Add($"{line.Text}");
            return;
        }

        var text = line.Text;
        foreach (var prefix in (string[])[ToDevice, ToHost])
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal))
            {
                page.Add($"<span class=\"who\">{prefix.TrimEnd(' ', ':')}</span>");
                text = text[prefix.Length..];
            }
        }

        page.Raw("<span class=\"tlp\">");
        var isFirst = true;
        foreach (var word in text.Split(' '))
        {
            WriteWord(page, word, isFirst);
            isFirst = false;
        }

        page.Raw("</span>");
    }

    // "MRd64 AT=TR tag=7": the kind stands out, the names of fields step back.
    private static void WriteWord(HtmlPage page, string word, bool isFirst)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        if (isFirst)
        {
            page.Add($"<b>{word}</b>");
        }
        else if (equals > 0)
        {
            page.Add($" <span class=\"k\">{word[..(equals + 1)]}</span>{word[(equals + 1)..]}");
        }
        else
        {
            page.Add($" {word}");
        }
    }

    private static string Direction(string text) =>
        text.StartsWith(ToDevice, StringComparison.Ordinal) ? " to-device"
        : text.StartsWith(ToHost, StringComparison.Ordinal) ? " to-host"
        : "";

    private static string LaneClass(JournalSource source) => source switch
    {
        JournalSource.Cpu => "lane-cpu",
        JournalSource.Wire => "lane-wire",
        JournalSource.Device => "lane-device",
        _ => "lane-agent",
    };
}
