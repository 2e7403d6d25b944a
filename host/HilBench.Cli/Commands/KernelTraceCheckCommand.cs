using System.CommandLine;
using HilBench.Cli.Output;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.Scenarios.KernelTraces;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench kernel-trace check</c>: does the engine tell its notifiers what Linux told them?</summary>
internal sealed class KernelTraceCheckCommand : BenchCommand
{
    private const int UsualDiffLines = 40;
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Argument<string> _place = new("DIR")
    {
        Description = "A folder of traces (*.json, also in folders below it), or one trace.",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "Play this kernel for every trace, not the one on which it was recorded.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object, schema hilbench.kernel-trace/1." };

    private readonly Option<bool> _verbose = new("--verbose", "-v")
    {
        Description = "Print each trace that matches too, and all lines of each difference.",
    };

    private readonly Option<int> _limit = new("--diff-limit")
    {
        Description = $"Lines of differences that are printed for one trace ({UsualDiffLines}).",
        HelpName = "N",
        DefaultValueFactory = _ => UsualDiffLines,
    };

    public KernelTraceCheckCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "check",
            "Replays golden traces and prints every difference between engine and kernel.",
            "hilbench kernel-trace check tests/kernel-traces",
            "hilbench kernel-trace check tests/kernel-traces/linux-6.1 --profile linux-6.6 --diff-limit 10",
            "hilbench kernel-trace check --json tests/kernel-traces")
    {
        _terminal = terminal;
        _cancel = cancel;
        Add(_place);
        Add(_profile);
        Add(_json);
        Add(_verbose);
        Add(_limit);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var limit = parse.GetValue(_limit);
        if (limit < 0)
        {
            throw new InputException($"--diff-limit is {limit}", "Give a number of lines, 0 or more.");
        }

        var place = parse.GetRequiredValue(_place);
        var profile = ProfileOf(parse.GetValue(_profile));
        IReadOnlyList<KernelTraceResult> results;
        using (var progress = new TraceProgressLine(_terminal))
        {
            results = KernelTraceCheck.Run(place, profile, progress, _cancel);
        }

        if (parse.GetValue(_json))
        {
            JsonOutput.Write(_terminal.Out, writer => KernelTraceText.Write(writer, place, results));
        }
        else
        {
            KernelTraceText.Print(_terminal, results, parse.GetValue(_verbose), limit);
        }

        return results.All(result => result.IsMatching) ? ExitCode.Good : ExitCode.Wrong;
    }

    private static KernelProfile? ProfileOf(string? name)
    {
        if (name is null || KernelProfile.Find(name) is { } profile)
        {
            return name is null ? null : KernelProfile.Find(name);
        }

        var known = KernelProfile.All.Select(known => known.Name).ToList();
        throw new InputException($"there is no profile '{name}'", NearestName.Suggest(name, known));
    }
}
