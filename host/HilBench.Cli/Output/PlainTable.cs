namespace HilBench.Cli.Output;

/// <summary>Columns parted by two blanks, for files, pipes and grep.</summary>
internal static class PlainTable
{
    /// <summary>Prints heads and rows; the first <paramref name="leftColumns"/> are set to the left, the others to the right.</summary>
    public static void Print(TextWriter output, IReadOnlyList<string> heads, int leftColumns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = heads.Select((head, column) => rows.Select(row => row[column].Length).Append(head.Length).Max()).ToArray();
        PrintRow(heads);
        foreach (var row in rows)
        {
            PrintRow(row);
        }

        void PrintRow(IReadOnlyList<string> cells) => output.WriteLine(string.Join("  ", cells.Select(Fit)).TrimEnd());
        string Fit(string cell, int column) => column < leftColumns ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]);
    }
}
