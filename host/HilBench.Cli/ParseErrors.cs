using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Journal;

namespace HilBench.Cli;

/// <summary>What is wrong with a command line, in one line for each mistake.</summary>
internal static class ParseErrors
{
    public static void Print(ParseResult parse, Terminal terminal)
    {
        var known = Names(parse.CommandResult.Command);
        var explained = false;
        foreach (var token in parse.UnmatchedTokens)
        {
            var nearest = NearestName.Of(token, known);
            terminal.Complain($"'{token}' is not known here." + (nearest is null ? "" : $" Did you mean '{nearest}'?"));
            explained = true;
        }

        foreach (var error in parse.Errors)
        {
            var isAboutToken = parse.UnmatchedTokens.Any(token => error.Message.Contains(token, StringComparison.Ordinal));
            var isFollowUp = explained && error.SymbolResult is System.CommandLine.Parsing.CommandResult;
            if (!isAboutToken && !isFollowUp)
            {
                terminal.Complain(error.Message);
            }
        }

        terminal.Error.WriteLine($"See: {Path(parse.CommandResult)} --help");
    }

    private static List<string> Names(Command command) =>
    [
        .. command.Subcommands.Select(sub => sub.Name),
        .. command.Options.Select(option => option.Name),
    ];

    private static string Path(System.CommandLine.Parsing.CommandResult result)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = result; at is not null; at = at.Parent)
        {
            if (at is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } inner)
            {
                names.Insert(0, inner.Command.Name);
            }
        }

        return string.Join(' ', names.Prepend("hilbench"));
    }
}
