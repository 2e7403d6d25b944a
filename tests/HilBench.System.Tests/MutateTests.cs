using System.Text.Json;

namespace HilBench.System.Tests;

public sealed class MutateTests
{
    // A run on a fault ends with the first scenario that fails: these break a rule of the same stale use, or of the same
    // message, before the one that they are about.
    private static readonly string[] _shownByAnotherRuleFirst =
        ["M10", "M16", "M30", "M38", "M54", "M60", "M70", "M73", "M79", "M81"];

    [Test]
    public void Every_fault_of_the_model_is_killed_and_most_by_the_rule_that_it_is_about()
    {
        var answer = Hilbench.Run("mutate", "--device", "model:", "--suite", "full", "--json", "-");

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        using var json = JsonDocument.Parse(answer.Out);
        var others = new List<string>();
        foreach (var fault in json.RootElement.GetProperty("faults").EnumerateArray())
        {
            var expected = fault.GetProperty("expectedRules").EnumerateArray().Select(rule => rule.GetString());
            var broken = fault.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("rule").GetString());
            if (!broken.Intersect(expected).Any())
            {
                others.Add(fault.GetProperty("fault").GetString()!);
            }
        }

        Assert.That(others, Is.EquivalentTo(_shownByAnotherRuleFirst));
    }

    [Test]
    public void Suite_that_sees_too_little_leaves_survivors_and_exits_1()
    {
        var answer = Hilbench.Run("mutate", "--device", "model:", "--filter", "dma/read-64");

        Assert.That(answer.ExitCode, Is.EqualTo(1), answer.Error);
        Assert.That(answer.Out, Does.Contain("survived: M11: "));
        Assert.That(answer.Out.TrimEnd().Split('\n')[^1], Is.EqualTo("killed 1 of 82"), "M62 shows in every Translation Request");
    }

    [Test]
    public void Run_that_is_resumed_takes_what_it_knows_and_runs_the_rest()
    {
        using var folder = new TemporaryFolder();
        string[] run = ["mutate", "--device", "model:", "--filter", "dma/read-64", "--resume", folder["log.jsonl"], "--faults"];

        var first = Hilbench.Run([.. run, "M62,M11"]);
        var lines = File.ReadAllLines(folder["log.jsonl"]);
        File.WriteAllLines(folder["log.jsonl"], lines.Select(line => line.Replace("\"dma/read-64\"", "\"known before\"", StringComparison.Ordinal)));
        var second = Hilbench.Run([.. run, "M62,M11,M12", "--json", "-"]);

        Assert.That(first.Out.TrimEnd().Split('\n')[^1], Is.EqualTo("killed 1 of 2"), first.Error);
        Assert.That(lines, Has.Length.EqualTo(3), "the device without a fault, M11, M62");
        using var json = JsonDocument.Parse(second.Out);
        Assert.That(
            json.RootElement.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("killedBy").GetString()),
            Is.EqualTo(new string?[] { null, null, "known before" }),
            "M11, M12, M62");
    }

    [Test]
    public void Log_of_another_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        string[] run = ["mutate", "--device", "model:", "--filter", "dma/read-64", "--faults", "M62", "--resume", folder["log.jsonl"]];

        Hilbench.Run(run);
        var other = Hilbench.Run([.. run, "--seed", "2"]);

        Assert.That(other.ExitCode, Is.EqualTo(2));
        Assert.That(other.Error, Does.Contain("another run"));
    }
}
