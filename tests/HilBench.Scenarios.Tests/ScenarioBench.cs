using HilBench.Checking;
using HilBench.Devices;

namespace HilBench.Scenarios.Tests;

/// <summary>Runs scenarios that a test writes down.</summary>
internal static class ScenarioBench
{
    /// <summary>Runs the steps of a scenario without further keys, on the model unless told otherwise.</summary>
    public static ScenarioResult RunSteps(string steps, IDevice? device = null, BenchOptions? options = null, string keys = "") =>
        Run($"version: 1\nscenarios:\n  - name: test\n    about: A test.\n{keys}    steps:\n{Indent(steps)}", device, options);

    /// <summary>Runs the only scenario of a file.</summary>
    public static ScenarioResult Run(string text, IDevice? device = null, BenchOptions? options = null)
    {
        var scenario = ScenarioFile.Read("test.yaml", text).Single();
        using var model = new ModelDevice();
        return new ScenarioExecution(device ?? model, options ?? new BenchOptions(), TimeProvider.System)
            .Run(scenario, scenario.Name, "replay", TestContext.CurrentContext.CancellationToken);
    }

    private static string Indent(string steps) =>
        string.Join('\n', steps.Split('\n').Select(line => $"      {line}")) + "\n";
}
