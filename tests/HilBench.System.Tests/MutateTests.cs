using System.Text.Json;

namespace HilBench.System.Tests;

public sealed class MutateTests
{
    // A run on a fault ends with the first scenario that fails: these break a rule of the same stale use, or of the same
    // message, before the one that they are about.
    private static readonly string[] _shownByAnotherRuleFirst =
        ["M10", "M15", "M16", "M30", "M38", "M54", "M60", "M70", "M73", "M79", "M81"];

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
}
