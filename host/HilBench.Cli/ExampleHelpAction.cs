using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using HilBench.Cli.Commands;

namespace HilBench.Cli;

/// <summary>The usual help, followed by the command's examples and, for the whole tool, the exit codes.</summary>
internal sealed class ExampleHelpAction(HelpAction usual) : SynchronousCommandLineAction, ICleanAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is BenchCommand command)
        {
            Print(output, "Examples:", command.Examples);
        }
        else
        {
            Print(output, "Examples:", CommandTree.Examples);
            Print(output, "Exit codes:", CommandTree.ExitCodes);
            Print(output, "Environment:", CommandTree.Environment);
        }

        return ExitCode.Good;
    }

    private static void Print(TextWriter output, string title, IReadOnlyList<string> lines)
    {
        output.WriteLine(title);
        foreach (var line in lines)
        {
            output.WriteLine($"  {line}");
        }

        output.WriteLine();
    }
}
