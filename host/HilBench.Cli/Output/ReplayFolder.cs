using System.Text;
using HilBench.Reporting;
using HilBench.Scenarios;

namespace HilBench.Cli.Output;

/// <summary>Replay files of what explorations found.</summary>
internal static class ReplayFolder
{
    /// <summary>Writes them: <c>L1a-forbidden-1.yaml</c> for an outcome, <c>L1a-ATS-INV-011.yaml</c> for a rule.</summary>
    /// <param name="folder">Made when there is something to write.</param>
    /// <param name="report">What was explored.</param>
    /// <returns>The file of each test's outcome or rule.</returns>
    public static IReadOnlyDictionary<(string Test, string Found), string> Write(string folder, ExploreReport report)
    {
        var files = new Dictionary<(string Test, string Found), string>();
        foreach (var test in report.Tests)
        {
            var outcomes = 0;
            foreach (var (found, replay) in test.Replays)
            {
                var what = replay.Expected.Rule ?? $"forbidden-{++outcomes}";
                var file = Path.Combine(folder, $"{test.Name}-{what}.yaml");
                WholeFile.Write(file, Encoding.UTF8.GetBytes(replay.ToText()));
                files[(test.Name, found)] = file;
            }
        }

        return files;
    }
}
