using System.Globalization;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>One line on stderr that says how far an exploration is. Only where a person looks.</summary>
internal sealed class ExploreProgressLine(Terminal terminal, bool isWanted) : IExploreProgress, IDisposable
{
    private const string ClearLine = "\r\u001b[K";
    private readonly bool _isOn = isWanted && terminal.IsErrorTerminal;
    private readonly Lock _lock = new();

    public void Explored(string name, int states, long transitions, int depth)
    {
        if (!_isOn)
        {
            return;
        }

        lock (_lock)
        {
            terminal.Error.Write(ClearLine + string.Create(
                CultureInfo.InvariantCulture, $"{name}: {states:N0} states, {transitions:N0} steps, depth {depth}"));
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_isOn)
        {
            terminal.Error.Write(ClearLine);
        }
    }
}
