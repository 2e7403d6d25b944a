using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench draw</c>: the order of events of an operation, as a picture.</summary>
internal sealed class DrawCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly Argument<string> _name = new("OPERATION")
    {
        Description = $"What to draw: {string.Join(", ", OrderPicture.Names)}, or a litmus test: {string.Join(", ", LitmusPictures.Names)}.",
    };

    private readonly Option<string[]> _profiles = new("--profile")
    {
        Description = "A kernel to draw; may be given several times, from left to right.",
        HelpName = "NAME",
    };

    public DrawCommand(Terminal terminal)
        : base(
            "draw",
            "Draws as SVG in which order an operation tells subscribers, changes the page table and flushes TLBs, or how a litmus test goes wrong.",
            "hilbench draw cow > cow.svg",
            "hilbench draw L4a > L4a.svg",
            "hilbench draw munmap --profile linux-4.12 --profile linux-6.18 > munmap.svg")
    {
        _terminal = terminal;
        _name.AcceptOnlyFromAmong([.. OrderPicture.Names, .. LitmusPictures.Names]);
        Add(_name);
        Add(_profiles);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var name = parse.GetRequiredValue(_name);
        if (LitmusPictures.Names.Contains(name))
        {
            _terminal.Out.Write(LitmusPictures.Draw(name));
            return ExitCode.Good;
        }

        var names = parse.GetValue(_profiles) ?? [];
        var profiles = names.Length == 0 ? OrderPicture.DefaultProfiles : [.. names.Select(ProfileOf)];
        _terminal.Out.Write(OrderPicture.Draw(name, profiles));
        return ExitCode.Good;
    }

    private static KernelProfile ProfileOf(string name) => KernelProfile.Find(name) ?? throw new InputException(
        $"there is no kernel profile '{name}'", NearestName.Suggest(name, KernelProfile.All.Select(profile => profile.Name)));
}
