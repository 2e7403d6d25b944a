using System.CommandLine;
using HilBench.Cli.Output;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench list</c>: what can be named on the command line.</summary>
internal sealed class ListCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly Argument<string?> _topic = new("WHAT")
    {
        Description = "What to list. Without it: the topics.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _suite = RunArguments.SuiteOption("The suite whose scenarios are listed.");
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON array of objects with id and summary." };

    private readonly Option<bool> _markdown = new("--markdown") { Description = "Print a Markdown table; docs/rules.md is made of it." };

    public ListCommand(Terminal terminal)
        : base(
            "list",
            $"Lists {string.Join(", ", ListTopics.All.Select(topic => topic.Name))}.",
            "hilbench list rules",
            "hilbench list rules --json",
            "hilbench list scenarios --suite conformance")
    {
        _terminal = terminal;
        _topic.AcceptOnlyFromAmong([.. ListTopics.All.Select(topic => topic.Name)]);
        Add(_topic);
        Add(_suite);
        Add(_json);
        Add(_markdown);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var items = Items(parse.GetValue(_topic), parse.GetRequiredValue(_suite));
        if (parse.GetValue(_json))
        {
            JsonOutput.WriteArray(_terminal.Out, items);
            return ExitCode.Good;
        }

        if (parse.GetValue(_markdown))
        {
            MarkdownTable.Print(_terminal.Out, items);
            return ExitCode.Good;
        }

        var width = items.Max(item => item.Id.Length);
        foreach (var item in items)
        {
            _terminal.Out.WriteLine($"{item.Id.PadRight(width)}  {item.Summary}");
            foreach (var line in item.Below)
            {
                _terminal.Out.WriteLine($"{new string(' ', width)}  {line}");
            }
        }

        return ExitCode.Good;
    }

    private static IReadOnlyList<ListItem> Items(string? topic, string suite) =>
        topic is null
            ? [.. ListTopics.All.Select(known => new ListItem(known.Name, known.About))]
            : ListTopics.All.Single(known => known.Name == topic).Items(suite);
}
