using HilBench.Cli.Output;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench link</c>: the way to a board.</summary>
internal sealed class LinkCommand : BenchCommand
{
    public LinkCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "link",
            "Tests the way to a board.",
            "hilbench link test --device serial:/dev/ttyUSB0?baud=3000000") =>
        Add(new LinkTestCommand(terminal, cancel));
}
