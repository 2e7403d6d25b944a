using System.Globalization;
using HilBench.Checking;
using HilBench.Reporting;
using Spectre.Console;

namespace HilBench.Cli.Output;

/// <summary>One row for each scenario: drawn on a terminal, plain columns elsewhere.</summary>
internal static class ResultTable
{
    private static readonly string[] _heads = ["scenario", "verdict", "rules", "TLPs", "transactions", "cycles"];

    public static void Print(Terminal terminal, RunResult run)
    {
        var rows = run.Scenarios.Select(Cells).Append(Totals(run)).ToList();
        if (terminal.IsOutTerminal && DrawnWidth(rows) <= Console.WindowWidth)
        {
            Draw(terminal, run);
        }
        else
        {
            PlainTable.Print(terminal.Out, _heads, leftColumns: 2, rows);
            PrintNotes(terminal.Out, run);
        }
    }

    // A border, a blank on each side of a cell, and a sign before the verdict. Too wide a table would break its names.
    private static int DrawnWidth(List<string[]> rows)
    {
        const int SignWidth = 2;
        const int CellFrame = 3;
        return SignWidth + 1 + _heads.Select((head, column) => CellFrame + rows.Select(row => row[column].Length).Append(head.Length).Max()).Sum();
    }

    private static string[] Cells(ScenarioResult scenario) =>
    [
        scenario.Name,
        ResultWords.Of(scenario.Verdict),
        Number(scenario.Rules.Count(rule => rule.Checked > 0)),
        Number(scenario.TlpsToDevice + scenario.TlpsFromDevice),
        Number(scenario.Transactions),
        Number((long)scenario.Cycles),
    ];

    private static string[] Totals(RunResult run) =>
    [
        "all",
        "",
        Number(run.Scenarios.SelectMany(scenario => scenario.Rules).Where(rule => rule.Checked > 0).Select(rule => rule.Rule).Distinct().Count()),
        Number(run.Scenarios.Sum(scenario => scenario.TlpsToDevice + scenario.TlpsFromDevice)),
        Number(run.Scenarios.Sum(scenario => scenario.Transactions)),
        Number(run.Scenarios.Sum(scenario => (long)scenario.Cycles)),
    ];

    private static void Draw(Terminal terminal, RunResult run)
    {
        var console = TerminalConsole.Create(terminal);
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        for (var column = 0; column < _heads.Length; column++)
        {
            var head = new TableColumn($"[bold]{_heads[column]}[/]");
            table.AddColumn(column < 2 ? head : head.RightAligned());
        }

        foreach (var scenario in run.Scenarios)
        {
            var cells = Cells(scenario);
            var note = scenario.Note is { } text ? $"\n[grey]{Markup.Escape(text)}[/]" : "";
            table.AddRow([
                Markup.Escape(cells[0]) + note,
                $"[{Colour(scenario.Verdict)}]{Sign(scenario.Verdict)} {cells[1]}[/]",
                .. cells[2..]]);
        }

        var totals = Totals(run);
        for (var column = 0; column < totals.Length; column++)
        {
            table.Columns[column].Footer = new Markup($"[bold]{totals[column]}[/]");
        }

        console.Write(table);
    }

    private static void PrintNotes(TextWriter output, RunResult run)
    {
        foreach (var scenario in run.Scenarios.Where(scenario => scenario is { Note: not null, Verdict: Verdict.NotApplicable or Verdict.KnownUnsafe }))
        {
            output.WriteLine($"{ResultWords.Of(scenario.Verdict)}: {scenario.Name}: {scenario.Note}");
        }
    }

    private static string Colour(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "green",
        Verdict.Failed or Verdict.Error => "bold red",
        Verdict.KnownUnsafe => "yellow",
        _ => "grey",
    };

    private static string Sign(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "✓",
        Verdict.Failed or Verdict.Error => "✗",
        Verdict.KnownUnsafe => "!",
        _ => "-",
    };

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
