using System.CommandLine;
using System.CommandLine.Help;
using HilBench.Cli.Commands;
using HilBench.Cli.Output;

namespace HilBench.Cli;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    /// <summary>What the tool's own help shows as examples.</summary>
    public static IReadOnlyList<string> Examples { get; } =
    [
        "hilbench run                                         the conformance suite on the reference device",
        "hilbench run --device lib:./libmydevice.so           the same on your own device",
        "hilbench run --device 'rtl:?fault=M11' --report out  a device with a known mistake, and the report that shows it",
    ];

    /// <summary>What the exit codes mean.</summary>
    public static IReadOnlyList<string> ExitCodes { get; } =
    [
        "0    all good",
        "1    the device, or whatever was checked, is wrong",
        "2    the command line or an input file is wrong",
        "3    the bench could not do its work",
        "130  interrupted",
    ];

    /// <summary>The variables that are looked at.</summary>
    public static IReadOnlyList<string> Environment { get; } =
    [
        "HILBENCH_DEVICE, HILBENCH_BENCH, HILBENCH_SUITE, HILBENCH_PROFILE, HILBENCH_POLICY, HILBENCH_SEED: defaults for the options",
        "HILBENCH_LOCKS: folder of the bench locks",
        "NO_COLOR: no colours.  GITHUB_STEP_SUMMARY: file to which a run's summary is added",
    ];

    /// <summary>The root command.</summary>
    public static RootCommand Build(Terminal terminal, CancellationToken cancel)
    {
        var root = new RootCommand("Proves or disproves that a PCIe device forgets a translation once it says so.")
        {
            new RunCommand(terminal, cancel),
            new MutateCommand(terminal, cancel),
            new ExploreCommand(terminal, cancel),
            new FuzzCommand(terminal, cancel),
            new ReplayCommand(terminal, cancel),
            new MeasureCommand(terminal, cancel),
            new KernelTraceCommand(terminal, cancel),
            new DecodeCommand(terminal),
            new DrawCommand(terminal),
            new ListCommand(terminal),
            new DoctorCommand(terminal),
            new ConsoleCommand(terminal, cancel),
            new DevicesCommand(terminal),
            new BoardCommand(terminal, cancel),
            new LinkCommand(terminal, cancel),
            new BoardSimCommand(terminal, cancel),
        };
        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction usual })
            {
                option.Action = new ExampleHelpAction(usual);
            }
            else if (option is VersionOption)
            {
                option.Action = new VersionAction();
            }
        }

        return root;
    }
}
