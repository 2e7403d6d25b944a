using System.Diagnostics;

namespace HilBench.System.Tests;

/// <summary>Runs the built command as a user does: bin/hilbench in a process of its own.</summary>
internal static class Hilbench
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>Runs it to its end.</summary>
    public static Answer Run(params string[] arguments) => RunWith([], arguments);

    /// <summary>Runs it with more environment variables.</summary>
    public static Answer RunWith(Dictionary<string, string> environment, params string[] arguments) =>
        RunWithin(_patience, environment, arguments);

    /// <summary>Runs it for so long at most.</summary>
    public static Answer RunWithin(TimeSpan patience, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "bin", "hilbench"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        start.Environment.Remove("GITHUB_STEP_SUMMARY");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"hilbench {string.Join(' ', arguments)} did not end within {patience}");
        }

        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>What it said.</summary>
    internal sealed record Answer(int ExitCode, string Out, string Error);
}
