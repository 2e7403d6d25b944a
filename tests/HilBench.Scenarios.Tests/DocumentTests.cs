using System.Text.RegularExpressions;
using HilBench.Checking;
using HilBench.Devices;

namespace HilBench.Scenarios.Tests;

/// <summary>docs/scenarios.md says what the bench does.</summary>
public sealed partial class DocumentTests
{
    [Test]
    public void The_tables_of_steps_name_every_step_and_no_other()
    {
        var steps = Document()[Document().IndexOf("## Steps", StringComparison.Ordinal)..Document().IndexOf("## How the seed", StringComparison.Ordinal)];
        var named = TableRow().Matches(steps).SelectMany(row => Name().Matches(row.Groups[1].Value)).Select(name => name.Groups[1].Value);
        var operations = OperationCatalogue.All.Select(operation => operation.Id);
        Assert.That(named.Union(operations), Is.EquivalentTo(StepReader.Names), "operations.md lists the operations");
    }

    [Test]
    public void The_worked_example_makes_the_scenarios_that_the_text_counts()
    {
        var scenarios = Examples().SelectMany(text => ScenarioFile.Read("docs/scenarios.md", text)).ToList();
        Assert.That(scenarios, Has.Count.EqualTo(12));
        Assert.That(scenarios[0].Name, Is.EqualTo("mine/unmap-4KiB-from-beginning-1"));
    }

    [Test]
    public void The_worked_example_passes_on_the_reference_model()
    {
        using var device = new ModelDevice();
        foreach (var scenario in Examples().SelectMany(text => ScenarioFile.Read("docs/scenarios.md", text)))
        {
            var result = new ScenarioExecution(device, new BenchOptions(), TimeProvider.System)
                .Run(scenario, scenario.Name, "replay", CancellationToken.None);
            Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), $"{scenario.Name}: {result.Note} {string.Join("; ", result.Violations.Select(violation => violation.Reason))}");
        }
    }

    private static string Document()
    {
        using var reader = new StreamReader(typeof(DocumentTests).Assembly.GetManifestResourceStream("scenarios.md")!);
        return reader.ReadToEnd();
    }

    private static List<string> Examples()
    {
        var examples = YamlBlock().Matches(Document()).Select(match => match.Groups[1].Value)
            .Where(text => text.Contains("\nversion:", StringComparison.Ordinal)).ToList();
        Assert.That(examples, Is.Not.Empty);
        return examples;
    }

    /// <summary>Step, keys, what it does: three columns.</summary>
    [GeneratedRegex(@"^\| (`[a-z-]+`[^|]*) \|[^|\n]*\|[^|\n]*\|$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^```yaml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();
}
