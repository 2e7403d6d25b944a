using System.Text.Json;

namespace HilBench.System.Tests;

public sealed class MutateTests
{
    [Test]
    public void Every_fault_of_the_model_is_killed_by_a_rule_it_should_break()
    {
        var answer = Hilbench.Run("mutate", "--device", "model:", "--suite", "full", "--json", "-");

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        using var json = JsonDocument.Parse(answer.Out);
        foreach (var fault in json.RootElement.GetProperty("faults").EnumerateArray())
        {
            var expected = fault.GetProperty("expectedRules").EnumerateArray().Select(rule => rule.GetString());
            var broken = fault.GetProperty("rules").EnumerateArray().Select(rule => rule.GetProperty("rule").GetString());
            Assert.That(broken.Intersect(expected), Is.Not.Empty, fault.GetProperty("fault").GetString());
        }
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
