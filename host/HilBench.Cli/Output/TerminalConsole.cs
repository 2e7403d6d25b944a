using Spectre.Console;

namespace HilBench.Cli.Output;

/// <summary>The drawing console on stdout, with the colours that the person wants.</summary>
internal static class TerminalConsole
{
    public static IAnsiConsole Create(Terminal terminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(terminal.Out),
        ColorSystem = terminal.HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
}
