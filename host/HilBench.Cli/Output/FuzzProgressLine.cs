using System.Globalization;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>One line on stderr that says how fuzzing goes on. Only where a person looks.</summary>
internal sealed class FuzzProgressLine(Terminal terminal, TimeProvider time) : IFuzzProgress, IDisposable
{
    private const string ClearLine = "\r\u001b[K";
    private const int MillisecondsBetween = 200;
    private long _last;

    public void ProgramFinished(long programs, long operations, double transactionsPerSecond, int bins) => Say(string.Create(
        CultureInfo.InvariantCulture,
        $"{programs:N0} programs  {operations:N0} operations  {transactionsPerSecond:N0} transactions/s  {bins} bins  {Environment.WorkingSet >> 20} MiB"));

    public void Shrinking(int runs, int steps) =>
        Say(string.Create(CultureInfo.InvariantCulture, $"a failure: {steps} steps after {runs} runs"));

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_last != 0)
        {
            terminal.Error.Write(ClearLine);
        }
    }

    private void Say(string text)
    {
        if (terminal.IsErrorTerminal && (_last == 0 || time.GetElapsedTime(_last).TotalMilliseconds >= MillisecondsBetween))
        {
            _last = time.GetTimestamp();
            terminal.Error.Write(ClearLine + text);
        }
    }
}
