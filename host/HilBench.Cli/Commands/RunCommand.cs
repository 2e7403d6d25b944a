using System.CommandLine;
using System.Text;
using HilBench.Checking;
using HilBench.Cli.Boards;
using HilBench.Cli.Output;
using HilBench.Reporting;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench run</c>: a suite on a device, and the verdict.</summary>
internal sealed class RunCommand : BenchCommand
{
    /// <summary>Failures of a run that are written down as replay files.</summary>
    private const int ReplaysMax = 5;
    private const int ShrinkRuns = 200;
    private const int ShrinkSeeds = 4;
    private readonly Option<bool> _noShrink = new("--no-shrink") { Description = "Replay files in the report show failures as they were, not made small." };
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly RunArguments _arguments = new();
    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "How often each scenario runs, each time with a seed of its own.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<double> _minutes = new("--minutes")
    {
        Description = "The scenarios run again and again, with new seeds, until so many minutes have passed.",
        HelpName = "N",
    };

    private readonly Option<string?> _junit = FileOption("--junit", "Write JUnit XML.");
    private readonly Option<string?> _json = FileOption("--json", "Write JSON, schema hilbench.run/1; - for stdout, instead of the table.");
    private readonly Option<string?> _report = new("--report") { Description = "Write the HTML report into this folder.", HelpName = "DIR" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print only failures and the summary line." };

    public RunCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "run",
            "Runs a suite on a device and prints the verdict.",
            "hilbench run",
            "hilbench run --device lib:./libmydevice.so --report out/report",
            "hilbench run --device 'rtl:?fault=M11' --filter 'inside-larger/*'",
            "hilbench run --suite stress --minutes 10",
            "hilbench run --suite my-scenarios/ --seed 7 --repeat 10 --junit out/junit.xml --quiet")
    {
        _terminal = terminal;
        _cancel = cancel;
        _arguments.AddTo(this);
        Add(_repeat);
        Add(_minutes);
        Add(_junit);
        Add(_json);
        Add(_report);
        Add(_noShrink);
        Add(_quiet);
        _repeat.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--repeat: give 1 or more.");
            }
        });
        _minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and < 1_000_000))
            {
                result.AddError("--minutes: give 0 or more.");
            }
        });
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var options = _arguments.Read(parse) with { Repeat = parse.GetValue(_repeat), Minutes = parse.GetValue(_minutes) };
        var outputs = new RunOutputs(parse.GetValue(_json), parse.GetValue(_junit), parse.GetValue(_report));
        outputs.Prepare();
        var target = _arguments.Target(parse);
        using var taken = target.Take($"run --suite {options.Suite}");
        using var care = target.Entry is null ? null : new BoardCare(target, _terminal, _cancel);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(_cancel, care?.Stopped ?? CancellationToken.None);
        RunResult run;
        using (var progress = new ProgressLine(_terminal, isWanted: !parse.GetValue(_quiet)))
        {
            run = new SuiteRunner(BuiltFolders.Devices, TimeProvider.System) { Care = care }.Run(options, progress, cancel.Token);
        }

        var stopped = care?.MakeSafe();

        if (!outputs.IsStdoutTaken)
        {
            RunText.Print(_terminal, run, parse.GetValue(_quiet));
        }

        outputs.Write(run, _terminal);
        if (parse.GetValue(_report) is { } folder)
        {
            WriteReplays(options, run, Path.Combine(folder, "replay"), parse.GetValue(_noShrink));
        }

        return stopped is null ? ExitCodeOf(run) : throw stopped;
    }

    private void WriteReplays(RunOptions options, RunResult run, string folder, bool isWhole)
    {
        var runner = new SuiteRunner(BuiltFolders.Devices, TimeProvider.System);
        foreach (var failed in run.Scenarios.Where(scenario => scenario.Verdict == Verdict.Failed).Take(ReplaysMax))
        {
            var limits = isWhole ? null : new ShrinkLimits(ShrinkRuns, ShrinkSeeds);
            if (!_cancel.IsCancellationRequested && runner.WriteDown(options, failed, limits, _cancel) is { } text)
            {
                var file = Path.Combine(folder, $"{failed.Name.Replace('/', '-').Replace('#', '-')}.yaml");
                WholeFile.Write(file, Encoding.UTF8.GetBytes(text));
                _terminal.Error.WriteLine($"replay: bin/hilbench replay {file}");
            }
        }
    }

    private int ExitCodeOf(RunResult run)
    {
        if (run.IsInterrupted)
        {
            return ExitCode.Interrupted;
        }

        if (run.Count(Verdict.Failed) > 0)
        {
            return ExitCode.Wrong;
        }

        if (run.Count(Verdict.Error) > 0)
        {
            return ExitCode.Bench;
        }

        if (run.Count(Verdict.Passed) + run.Count(Verdict.KnownUnsafe) == 0)
        {
            _terminal.Complain("Device: nothing was tested, no scenario applies to this device. See the notes above.");
            return ExitCode.Bench;
        }

        return ExitCode.Good;
    }

    private static Option<string?> FileOption(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
