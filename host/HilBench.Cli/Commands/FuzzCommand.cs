using System.CommandLine;
using System.Globalization;
using System.Text;
using HilBench.Checking;
using HilBench.Cli.Output;
using HilBench.Reporting;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench fuzz</c>: random programs on a device until one fails.</summary>
internal sealed class FuzzCommand : BenchCommand
{
    private const double UsualMinutes = 1;
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly RunArguments _arguments = new();
    private readonly Option<long> _operations = new("--ops")
    {
        Description = "Ends after the program with which so many operations have ended; the same seed gives the same result.",
        HelpName = "N",
    };

    private readonly Option<double> _minutes = new("--minutes") { Description = "Ends after so many minutes; 1 unless --ops is given.", HelpName = "M" };
    private readonly Option<string?> _filter = new("--operations")
    {
        Description = "Only CPU operations whose name matches, see 'hilbench list operations'.",
        HelpName = "GLOB,...",
    };

    private readonly Option<bool> _host = new("--host")
    {
        Description = "Ends at a failure of the modelled host or of the bench itself, too; else such a program is left and counted.",
    };

    private readonly Option<bool> _noShrink = new("--no-shrink") { Description = "Writes a failure down as it was found." };
    private readonly Option<string> _report = new("--report")
    {
        Description = "Folder for the replay file of a failure.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine("out", "fuzz"),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.fuzz/1." };

    public FuzzCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "fuzz",
            "Runs random programs on a device until one fails, makes that small, and writes it down.",
            "hilbench fuzz --minutes 10",
            "hilbench fuzz --device 'rtl:?fault=M19' --minutes 2 --seed 7",
            "hilbench fuzz --device model: --ops 100000 --operations 'munmap,map,madvise' --json")
    {
        _terminal = terminal;
        _cancel = cancel;
        _arguments.AddTargetTo(this);
        Add(_operations);
        Add(_minutes);
        Add(_filter);
        Add(_host);
        Add(_noShrink);
        Add(_report);
        Add(_json);
        _operations.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < 1)
            {
                result.AddError("--ops: give 1 or more.");
            }
        });
        _minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and < 1_000_000))
            {
                result.AddError("--minutes: give a number above 0.");
            }
        });
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var operations = parse.GetValue(_operations);
        var minutes = parse.GetValue(_minutes);
        var options = _arguments.ReadTarget(parse) with
        {
            Operations = operations,
            Minutes = operations == 0 && minutes == 0 ? UsualMinutes : minutes,
            Filter = parse.GetValue(_filter),
            IsHostJudged = parse.GetValue(_host),
            IsShrunk = !parse.GetValue(_noShrink),
        };
        var folder = parse.GetRequiredValue(_report);
        FuzzResult result;
        using var taken = _arguments.Target(parse).Take("fuzz");
        using (var progress = new FuzzProgressLine(_terminal, TimeProvider.System))
        {
            result = new Fuzzer(BuiltFolders.Devices, TimeProvider.System).Run(options, progress, _cancel);
        }

        var file = result.Finding is null ? null : Path.Combine(folder, FileNameOf(result));
        if (file is not null)
        {
            WholeFile.Write(file, Encoding.UTF8.GetBytes(result.Finding!.Text));
        }

        if (parse.GetValue(_json))
        {
            _terminal.Out.Write(Encoding.UTF8.GetString(FuzzJson.Of(result, file)));
        }
        else
        {
            FuzzText.Print(_terminal.Out, result, file);
        }

        return result.Finding is { } finding ? finding.IsOfDevice ? ExitCode.Wrong : ExitCode.Bench
            : result.IsInterrupted ? ExitCode.Interrupted
            : ExitCode.Good;
    }

    private static string FileNameOf(FuzzResult result) => string.Create(
        CultureInfo.InvariantCulture, $"{result.Finding!.Rule ?? "bench"}-seed-{result.Seed}-program-{result.Finding.Program}.yaml");
}
