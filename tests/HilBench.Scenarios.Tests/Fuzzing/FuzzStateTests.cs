using HilBench.Checking;
using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests.Fuzzing;

[TestFixture]
public sealed class FuzzStateTests
{
    private const int Programs = 40;
    private static readonly ScenarioResult _nothing = new()
    {
        Name = "fuzz",
        About = "a program that reaches nothing",
        Verdict = Verdict.Passed,
        Seed = 1,
        Transactions = 0,
        Cycles = 0,
        TlpsToDevice = 0,
        TlpsFromDevice = 0,
        Rules = [],
        Violations = [],
        Replay = "",
        Duration = TimeSpan.Zero,
    };

    [Test]
    public void Programs_that_reach_more_of_the_RTL_are_changed_and_run_again() =>
        Assert.That(Mutated(points: i => (ulong)i), Is.Positive);

    [Test]
    public void Programs_that_reach_no_more_of_it_are_not() =>
        Assert.That(Mutated(points: i => (ulong)(100 - i)), Is.Zero);

    // None of these programs reaches a functional bin: only the RTL tells them apart.
    private static long Mutated(Func<int, ulong> points)
    {
        var state = new FuzzState(seed: 1, FuzzOperations.Matching(filter: null, KernelProfile.Default));
        for (var i = 1; i <= Programs; i++)
        {
            state.Finished(state.Next(), _nothing, points(i));
        }

        return state.Mutated;
    }
}
