using HilBench.Cli.Commands;

namespace HilBench.Cli.Output;

/// <summary>A list as a Markdown table, every field a column.</summary>
internal static class MarkdownTable
{
    public static void Print(TextWriter output, IReadOnlyList<ListItem> items)
    {
        var heads = items.SelectMany(Fields).Select(field => field.Key).Distinct().ToList();
        PrintRow(output, ["id", "summary", .. heads]);
        PrintRow(output, [.. Enumerable.Repeat("---", heads.Count + 2)]);
        foreach (var item in items)
        {
            var fields = Fields(item).ToDictionary(field => field.Key, field => field.Value);
            PrintRow(output, [item.Id, item.Summary, .. heads.Select(head => fields.GetValueOrDefault(head, ""))]);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Fields(ListItem item) =>
        item.More.Concat(item.Lists.Select(list => KeyValuePair.Create(list.Key, Joined(list.Value))));

    // What holds blanks itself needs more than one between.
    private static string Joined(IReadOnlyList<string> values) =>
        string.Join(values.Any(value => value.Contains(' ', StringComparison.Ordinal)) ? "; " : " ", values);

    private static void PrintRow(TextWriter output, IReadOnlyList<string> cells) =>
        output.WriteLine($"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |");
}
