using System.Globalization;
using HilBench.Checking;
using Spectre.Console;

namespace HilBench.Cli.Output;

/// <summary>The matrix fault by rule: which rules each fault broke, and what caught it first.</summary>
internal static class MutationText
{
    public static void Print(Terminal terminal, MutationResult mutation, bool isQuiet)
    {
        var output = terminal.Out;
        if (!isQuiet)
        {
            output.WriteLine($"{mutation.Suite} on {mutation.Device} with each of its faults, profile {mutation.Profile}, seed {mutation.Seed.ToString(CultureInfo.InvariantCulture)}");
            output.WriteLine();
            PrintMatrix(terminal, mutation);
            output.WriteLine();
            PlainTable.Print(
                output,
                ["fault", "first seen by", "in scenario", "transactions"],
                leftColumns: 3,
                [.. mutation.Faults.Select(fault => (string[])
                [
                    fault.Fault,
                    fault.FirstRule ?? "-",
                    fault.KilledBy ?? "SURVIVED",
                    fault.IsKilled ? fault.TransactionsToKill.ToString("N0", CultureInfo.InvariantCulture) : "-",
                ])]);
            output.WriteLine();
        }

        foreach (var survivor in mutation.Faults.Where(fault => !fault.IsKilled))
        {
            output.WriteLine($"survived: {survivor.Fault}: {survivor.Summary}; should break {string.Join(", ", survivor.ExpectedRules)}");
        }

        if (!mutation.IsCleanDevicePassing)
        {
            output.WriteLine("The device without a fault does not pass: a kill means nothing until it does.");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"killed {mutation.Killed} of {mutation.Faults.Count}"));
    }

    private static void PrintMatrix(Terminal terminal, MutationResult mutation)
    {
        var rules = mutation.Faults
            .SelectMany(fault => fault.Rules.Where(rule => rule.Broken > 0).Select(rule => rule.Rule).Concat(fault.ExpectedRules))
            .Distinct().Order(StringComparer.Ordinal).ToList();
        var heads = new List<string> { "rule" };
        heads.AddRange(mutation.Faults.Select(fault => fault.Fault));
        var rows = rules.Select(rule => (IReadOnlyList<string>)[rule, .. mutation.Faults.Select(fault => Cell(fault, rule))]).ToList();
        if (terminal.IsOutTerminal)
        {
            Draw(terminal, heads, rows);
        }
        else
        {
            PlainTable.Print(terminal.Out, heads, leftColumns: 1, rows);
        }

        terminal.Out.WriteLine("# expected and broken   + broken too   o expected, not broken");
    }

    private static string Cell(FaultResult fault, string rule)
    {
        var isBroken = fault.Rules.Any(count => count.Rule == rule && count.Broken > 0);
        var isExpected = fault.ExpectedRules.Contains(rule);
        return (isBroken, isExpected) switch
        {
            (true, true) => "#",
            (true, false) => "+",
            (false, true) => "o",
            _ => "",
        };
    }

    private static void Draw(Terminal terminal, List<string> heads, List<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var head in heads)
        {
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(head)}[/]") { Alignment = head == heads[0] ? Justify.Left : Justify.Center });
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(cell => cell switch
            {
                "#" => "[green]#[/]",
                "+" => "[grey]+[/]",
                "o" => "[yellow]o[/]",
                _ => Markup.Escape(cell),
            })]);
        }

        TerminalConsole.Create(terminal).Write(table);
    }
}
