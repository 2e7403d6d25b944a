using System.CommandLine;
using System.Text;
using HilBench.Cli.Output;
using HilBench.Journal;
using HilBench.Reporting;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench explore</c>: every interleaving of a litmus test.</summary>
internal sealed class ExploreCommand : BenchCommand
{
    private const double MinutesOfAll = 9.5;
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Argument<string?> _litmus = new("LITMUS")
    {
        Description = "The test: a name, see 'hilbench list litmus', or a .litmus file.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _all = new("--all") { Description = "All built-in tests; the results are compared with suites/litmus/expected.yaml." };
    private readonly Option<string> _device = new("--device")
    {
        Description = "The device: model:, rtl:, lib:/path/lib.so with snapshots; the first two with ?fault=ID.",
        HelpName = "URI",
        DefaultValueFactory = _ => "rtl:",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "The kernel, see 'hilbench list profiles'.",
        HelpName = "NAME",
    };

    private readonly Option<string[]> _placement = new("--placement")
    {
        Description = "Where a call site invalidates the secondary TLB, in place of the kernel's own choice: cow=E.",
        HelpName = "SITE=CODE",
    };

    private readonly Option<string[]> _bound = new("--bound")
    {
        Description = "Stop at so many states, at a depth, or at preemptions on a schedule: states=N, depth=N, preemptions=N.",
        HelpName = "NAME=N",
    };

    private readonly Option<double?> _minutes = new("--minutes") { Description = "Stop after so many minutes, all tests together; 9.5 with --all.", HelpName = "N" };
    private readonly Option<int> _jobs = new("--jobs")
    {
        Description = "Tests that are explored at once.",
        HelpName = "N",
        DefaultValueFactory = _ => Math.Clamp(Environment.ProcessorCount, 1, 8),
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Go on with an exploration that was cut off; when it is again, the file is written anew.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _json = new("--json")
    {
        Description = "Write JSON, schema hilbench.explore/1; - for stdout, instead of the text.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _report = new("--report") { Description = "Write what was found as Markdown, with schedules.", HelpName = "FILE" };
    private readonly Option<string> _replays = new("--replays")
    {
        Description = "Folder for the replay files of what is forbidden.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Combine("out", "explore"),
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print only forbidden outcomes and the summary line." };

    public ExploreCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "explore",
            "Enumerates every interleaving of a litmus test on a device, and prints the outcomes.",
            "hilbench explore L1 --device model: --placement cow=E",
            "hilbench explore --all --device rtl: --json out/explore.json")
    {
        _terminal = terminal;
        _cancel = cancel;
        Add(_litmus);
        foreach (Option option in (Option[])[_all, _device, _profile, _placement, _bound, _minutes, _jobs, _resume, _json, _report, _replays, _quiet])
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if ((result.GetValue(_litmus) is null) != result.GetValue(_all))
            {
                result.AddError("Name one litmus test, or write --all.");
            }
        });
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var json = parse.GetValue(_json);
        var resumeFile = parse.GetValue(_resume);
        foreach (var file in (string?[])[json == "-" ? null : json, parse.GetValue(_report)])
        {
            if (file is not null)
            {
                WholeFile.Prepare(file);
            }
        }

        ExploreReport report;
        using (var progress = new ExploreProgressLine(_terminal, isWanted: !parse.GetValue(_quiet)))
        {
            report = new ExploreRunner(BuiltFolders.Devices, TimeProvider.System).Run(Read(parse), progress, _cancel);
        }

        var replays = ReplayFolder.Write(parse.GetRequiredValue(_replays), report);
        if (json == "-")
        {
            _terminal.Out.Write(Encoding.UTF8.GetString(ExploreJson.Of(report)));
        }
        else
        {
            ExploreText.Print(_terminal, report, replays, parse.GetValue(_quiet));
            if (json is not null)
            {
                WholeFile.Write(json, ExploreJson.Of(report));
            }
        }

        if (parse.GetValue(_report) is { } markdown)
        {
            WholeFile.Write(markdown, Encoding.UTF8.GetBytes(ExploreMarkdown.Of(report)));
        }

        SaveRest(report, resumeFile);
        return report.IsInterrupted ? ExitCode.Interrupted
            : parse.GetValue(_all) ? (report.Surprising > 0 || report.Tests.Any(test => test.Result?.HasDeviceViolation == true) ? ExitCode.Wrong : ExitCode.Good)
            : report.Forbidden > 0 ? ExitCode.Wrong : ExitCode.Good;
    }

    private void SaveRest(ExploreReport report, string? resumeFile)
    {
        if (report.Resume is not { } rest || (resumeFile is null && !report.IsInterrupted))
        {
            return;
        }

        var file = resumeFile ?? $"{report.Tests[0].Name}.explore";
        WholeFile.Write(file, rest);
        _terminal.Complain($"cut off; go on with --resume {file}");
    }

    private ExploreRequest Read(ParseResult parse)
    {
        var resume = parse.GetValue(_resume);
        var isAll = parse.GetValue(_all);
        return new ExploreRequest
        {
            Litmus = parse.GetValue(_litmus),
            Device = parse.GetRequiredValue(_device),
            Profile = parse.GetValue(_profile),
            Placements = parse.GetValue(_placement) ?? [],
            Bounds = ReadBounds(parse.GetValue(_bound) ?? []),
            Minutes = parse.GetValue(_minutes) ?? (isAll ? MinutesOfAll : null),
            Jobs = parse.GetValue(_jobs),
            Resume = resume is not null && File.Exists(resume) ? ReadWhole(resume) : null,
        };
    }

    private static byte[] ReadWhole(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{file}' cannot be read: {cause.Message}", "Give the file that the interrupted exploration wrote.");
        }
    }

    private static ExploreBounds ReadBounds(string[] texts)
    {
        var bounds = new ExploreBounds();
        foreach (var text in texts.SelectMany(text => text.Split(',')))
        {
            var parts = text.Split('=', 2);
            var isNumber = int.TryParse(parts[^1], System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= 0;
            bounds = (parts[0], parts.Length == 2 && isNumber) switch
            {
                ("states", true) => bounds with { States = number },
                ("depth", true) => bounds with { Depth = number },
                ("preemptions", true) => bounds with { Preemptions = number },
                _ => throw new InputException($"'{text}' is no bound", "Write states=N, depth=N or preemptions=N."),
            };
        }

        return bounds;
    }
}
