using System.Globalization;
using HilBench.Scenarios.KernelTraces;

namespace HilBench.Cli.Output;

/// <summary>One line on stderr that counts the traces. Only where a person looks.</summary>
internal sealed class TraceProgressLine(Terminal terminal) : IKernelTraceProgress, IDisposable
{
    private const string ClearLine = "\r\u001b[K";
    private const int Every = 8;
    private readonly Lock _lock = new();

    public void TraceReplayed(string file, int done, int total)
    {
        if (terminal.IsErrorTerminal && (done % Every == 0 || done == total))
        {
            lock (_lock)
            {
                terminal.Error.Write(string.Create(CultureInfo.InvariantCulture, $"{ClearLine}[{done}/{total}] traces"));
            }
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (terminal.IsErrorTerminal)
        {
            terminal.Error.Write(ClearLine);
        }
    }
}
