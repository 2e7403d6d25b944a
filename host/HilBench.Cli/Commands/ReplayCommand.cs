using System.CommandLine;
using System.Globalization;
using System.Text;
using HilBench.Checking;
using HilBench.Cli.Output;
using HilBench.Journal;
using HilBench.Reporting;
using HilBench.Scenarios;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench replay</c>: a recorded failure once more.</summary>
internal sealed class ReplayCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly CancellationToken _cancel;
    private readonly Argument<string> _file = new("FILE") { Description = "A replay file, as fuzz, run and explore write it." };
    private readonly Option<string?> _device = new("--device") { Description = "Another device than that of the file.", HelpName = "URI" };
    private readonly Option<string?> _wave = new("--wave") { Description = "Record the device's waves around the failure (FST).", HelpName = "FILE" };
    private readonly Option<string?> _html = new("--html") { Description = "Write the timeline of the failure.", HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, schema hilbench.replay-result/1." };

    public ReplayCommand(Terminal terminal, CancellationToken cancel)
        : base(
            "replay",
            "Repeats a failure from its replay file, step by step and choice by choice.",
            "hilbench replay out/fuzz/ATS-INV-011-seed-7-program-3.yaml",
            "hilbench replay failure.yaml --wave failure.fst --html failure.html",
            "hilbench replay failure.yaml --device rtl:                 does the mended device still do it?")
    {
        _terminal = terminal;
        _cancel = cancel;
        Add(_file);
        Add(_device);
        Add(_wave);
        Add(_html);
        Add(_json);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var path = parse.GetRequiredValue(_file);
        var (wave, html) = (parse.GetValue(_wave), parse.GetValue(_html));
        foreach (var output in (string?[])[wave, html])
        {
            if (output is not null)
            {
                WholeFile.Prepare(output);
            }
        }

        var file = ReplayFile.Read(path, ReadText(path));
        var result = new Replayer(BuiltFolders.Devices, TimeProvider.System).Run(file, parse.GetValue(_device), wave, _cancel);
        if (parse.GetValue(_json))
        {
            _terminal.Out.Write(Encoding.UTF8.GetString(ReplayJson.Of(result)));
        }
        else
        {
            Print(result, wave);
        }

        if (html is not null)
        {
            WholeFile.Write(html, Encoding.UTF8.GetBytes(HtmlReport.Of(AsRun(result, file))));
            (parse.GetValue(_json) ? _terminal.Error : _terminal.Out).WriteLine($"timeline: {html}");
        }

        return result.Result.Verdict switch
        {
            Verdict.Failed => ExitCode.Wrong,
            Verdict.Error or Verdict.NotApplicable => ExitCode.Bench,
            _ => ExitCode.Good,
        };
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read ({cause.Message.TrimEnd('.')})", "Name a replay file.");
        }
    }

    private void Print(ReplayResult result, string? wave)
    {
        var output = _terminal.Out;
        if (result.Result.Verdict is Verdict.Failed or Verdict.Error)
        {
            output.WriteLine(ConsoleText.Of(result.Result));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Kind} of {result.Steps} steps on {result.Device}, {result.Result.Cycles} cycles."));
        output.WriteLine(result.IsExact ? "reproduced: the same rule, cycle and reason."
            : result.IsReproduced ? $"reproduced, but not exactly: {result.Difference}."
            : $"not reproduced: {result.Difference}.");
        if (wave is not null)
        {
            output.WriteLine($"wave: {wave}");
        }
    }

    private static RunResult AsRun(ReplayResult result, ReplayFile file) => new()
    {
        Device = result.Device,
        DeviceName = result.DeviceName,
        Suite = result.Kind,
        Seed = file.Seed,
        Profile = result.Profile,
        Policy = file.Policy,
        Version = result.Version,
        Replay = "bin/hilbench replay FILE",
        Scenarios = [result.Result],
        Duration = result.Result.Duration,
        IsInterrupted = false,
    };
}
