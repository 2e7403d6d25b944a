using System.CommandLine;
using System.Text;
using HilBench.Checking;
using HilBench.Cli.Output;
using HilBench.Reporting;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench mutate</c>: does the suite see every built-in fault?</summary>
internal sealed class MutateCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly RunArguments _arguments = new("full");
    private readonly Option<string?> _json = new("--json")
    {
        Description = "Write JSON, schema hilbench.mutate/1; - for stdout, instead of the matrix.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _whole = new("--whole") { Description = "Run every scenario on every fault, for a matrix without gaps." };

    private readonly Option<string?> _faults = new("--faults")
    {
        Description = "Only faults whose id matches; * and ? stand for any characters, several are separated by commas.",
        HelpName = "GLOB,...",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Write each fault's result into this file as soon as it is known; those that are there already do not run again.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print only survivors and the summary line." };

    public MutateCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "mutate",
            "Runs a suite over every built-in fault of a device and prints which rule caught it.",
            "hilbench mutate --device rtl:",
            "hilbench mutate --device model: --json out/mutate.json")
    {
        _terminal = terminal;
        _cancel = cancel;
        _arguments.AddTo(this);
        Add(_json);
        Add(_whole);
        Add(_faults);
        Add(_resume);
        Add(_quiet);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var json = parse.GetValue(_json);
        if (json is not null and not "-")
        {
            WholeFile.Prepare(json);
        }

        var log = parse.GetValue(_resume) is { } file ? new MutationLog(file) : null;
        MutationResult mutation;
        using (var progress = new ProgressLine(_terminal, isWanted: !parse.GetValue(_quiet)))
        {
            mutation = new SuiteRunner(BuiltFolders.Devices, TimeProvider.System).Mutate(
                _arguments.Read(parse) with { IsWhole = parse.GetValue(_whole), Faults = parse.GetValue(_faults) }, log, progress, _cancel);
        }

        if (json == "-")
        {
            _terminal.Out.Write(Encoding.UTF8.GetString(JsonReport.Of(mutation)));
        }
        else
        {
            MutationText.Print(_terminal, mutation, parse.GetValue(_quiet));
            if (json is not null)
            {
                WholeFile.Write(json, JsonReport.Of(mutation));
            }
        }

        if (_cancel.IsCancellationRequested)
        {
            _terminal.Complain("interrupted: faults that did not run are not counted");
            return ExitCode.Interrupted;
        }

        return mutation.IsCleanDevicePassing && mutation.Killed == mutation.Faults.Count ? ExitCode.Good
            : ExitCode.Wrong;
    }
}
