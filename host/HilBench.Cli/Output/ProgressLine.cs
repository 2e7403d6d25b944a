using System.Globalization;
using HilBench.Checking;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>One line on stderr that says what runs now. Only where a person looks.</summary>
internal sealed class ProgressLine(Terminal terminal, bool isWanted) : IRunProgress, IDisposable
{
    private const string ClearLine = "\r\u001b[K";
    private const int NarrowestTerminal = 20;
    private readonly bool _isOn = isWanted && terminal.IsErrorTerminal;
    private int _failed;
    private string _fault = "";

    public void FaultStarted(string fault, int index, int total)
    {
        _failed = 0;
        _fault = string.Create(CultureInfo.InvariantCulture, $"{fault} [{index + 1}/{total}]  ");
    }

    public void ScenarioStarted(string name, int index, int total)
    {
        if (!_isOn)
        {
            return;
        }

        var failed = _failed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"  {_failed} failed");
        var line = string.Create(CultureInfo.InvariantCulture, $"{_fault}[{index + 1}/{total}]{failed}  {name}");
        var width = Math.Max(Console.WindowWidth, NarrowestTerminal) - 1;
        terminal.Error.Write(ClearLine + (line.Length > width ? line[..width] : line));
    }

    public void ScenarioFinished(ScenarioResult result) =>
        _failed += result.Verdict is Verdict.Failed or Verdict.Error ? 1 : 0;

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_isOn)
        {
            terminal.Error.Write(ClearLine);
        }
    }
}
