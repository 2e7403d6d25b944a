using System.Diagnostics;

namespace HilBench.System.Tests;

/// <summary>A simulated board in a process of its own, as a person would start it; it ends with the test.</summary>
internal sealed class BoardProcess : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    public BoardProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "bin", "hilbench"), ["board-sim", .. arguments])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Repository.Root,
        };
        _process = Process.Start(start)!;
        var line = _process.StandardOutput.ReadLineAsync();
        Assert.That(line.Wait(_patience) && line.Result is not null, Is.True, "the board does not start");
    }

    /// <summary>Until it has served the run for a while.</summary>
    public void AwaitWork(Task run)
    {
        var before = _process.TotalProcessorTime;
        var end = DateTime.UtcNow + _patience;
        while (_process.TotalProcessorTime - before < TimeSpan.FromMilliseconds(500) && !run.IsCompleted && DateTime.UtcNow < end)
        {
            Thread.Sleep(20);
            _process.Refresh();
        }

        Assert.That(run.IsCompleted, Is.False, "the run ended by itself");
    }

    public void Kill() => _process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
