using System.Text;
using HilBench.Checking;
using HilBench.Reporting;

namespace HilBench.Cli.Output;

/// <summary>The files that a run leaves behind.</summary>
/// <param name="Json">JSON file, - for stdout, or null.</param>
/// <param name="JUnit">JUnit XML file, or null.</param>
/// <param name="Report">Folder of the HTML report, or null.</param>
internal sealed record RunOutputs(string? Json, string? JUnit, string? Report)
{
    private static readonly string? _stepSummary = Environment.GetEnvironmentVariable("GITHUB_STEP_SUMMARY");

    /// <summary>Whether stdout belongs to a machine.</summary>
    public bool IsStdoutTaken => Json == "-";

    /// <summary>The page of the report, or null.</summary>
    public string? ReportPath => Report is null ? null : Path.Combine(Report, HtmlReport.FileName);

    /// <summary>Fails now rather than after a long run when something cannot be written.</summary>
    public void Prepare()
    {
        foreach (var path in (string?[])[IsStdoutTaken ? null : Json, JUnit, ReportPath])
        {
            if (path is not null)
            {
                WholeFile.Prepare(path);
            }
        }
    }

    /// <summary>Writes everything that was asked for and says where the report lies.</summary>
    public void Write(RunResult run, Terminal terminal)
    {
        if (Report is not null)
        {
            var page = HtmlReport.Write(Report, run);
            (IsStdoutTaken ? terminal.Error : terminal.Out).WriteLine($"report: {page}");
        }

        if (JUnit is not null)
        {
            WholeFile.Write(JUnit, JUnitReport.Of(run, ReportPath));
        }

        if (IsStdoutTaken)
        {
            terminal.Out.Write(Encoding.UTF8.GetString(JsonReport.Of(run)));
        }
        else if (Json is not null)
        {
            WholeFile.Write(Json, JsonReport.Of(run));
        }

        if (_stepSummary is { Length: > 0 })
        {
            WholeFile.Append(_stepSummary, StepSummary.Of(run));
        }
    }
}
