using System.Diagnostics;
using HilBench.Journal;

namespace HilBench.Lab;

/// <summary>Switches by commands of the shell.</summary>
/// <param name="entry">The commands.</param>
internal sealed class CommandSwitch(CommandEntry entry) : IGearLine
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public bool? Read() => null;

    /// <inheritdoc/>
    public void Turn(bool isOn)
    {
        var command = isOn ? entry.On : entry.Off;
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new BenchException(BenchLayer.Board, $"the command '{command}' did not end within {_patience.TotalSeconds:0} s", "Try it in a shell.");
        }

        if (process.ExitCode != 0)
        {
            var said = $"{error.GetAwaiter().GetResult()} {output.GetAwaiter().GetResult()}".Trim();
            throw new BenchException(
                BenchLayer.Board, $"the command '{command}' ended with exit code {process.ExitCode}{(said.Length > 0 ? $": {said}" : "")}", "Try it in a shell.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
