using System.CommandLine;
using HilBench.Cli.Output;

namespace HilBench.Cli.Commands;

/// <summary><c>hilbench doctor</c>: what is missing on this machine and how to get it.</summary>
internal sealed class DoctorCommand : BenchCommand
{
    private readonly Terminal _terminal;
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON array of findings." };

    public DoctorCommand(Terminal terminal)
        : base("doctor", "Says what is missing on this machine and how to get it.", "hilbench doctor", "hilbench doctor --json")
    {
        _terminal = terminal;
        Add(_json);
        SetAction(Invoke);
    }

    private int Invoke(ParseResult parse)
    {
        var findings = new Doctor(BuiltFolders.Devices).Examine();
        if (parse.GetValue(_json))
        {
            JsonOutput.WriteArray(_terminal.Out, findings.Select(finding => new ListItem(finding.Id, finding.Summary)
            {
                More = [new("status", Word(finding.Status)), new("found", finding.Found), new("advice", finding.Advice)],
            }));
        }
        else
        {
            foreach (var finding in findings)
            {
                var state = finding.Status == DoctorStatus.Present ? finding.Found : $"get it: {finding.Advice}";
                _terminal.Out.WriteLine($"{Word(finding.Status),-10}  {finding.Id,-9}  {finding.Summary}");
                _terminal.Out.WriteLine($"{"",-10}  {"",-9}  {state}");
            }
        }

        return findings.Any(finding => finding.Status == DoctorStatus.Missing) ? ExitCode.Bench : ExitCode.Good;
    }

    private static string Word(DoctorStatus status) => status switch
    {
        DoctorStatus.Present => "present",
        DoctorStatus.NotNeeded => "not needed",
        _ => "missing",
    };
}
