using HilBench.Notifiers;

namespace HilBench.Scenarios.Tests;

/// <summary>Random walks of the litmus tests of the repository, against the expected table.</summary>
public sealed class LitmusWalkTests
{
    private const ulong Walks = 12;

    private static IEnumerable<TestCaseData> Safe() => LitmusExpectations.Load()
        .Where(expected => !expected.IsReachable)
        .Select(expected => new TestCaseData(expected) { TestName = $"{{m}}({expected})" });

    [TestCaseSource(nameof(Safe))]
    public void No_random_walk_shows_what_the_text_says_cannot_happen(object expectation)
    {
        var expected = (LitmusExpectation)expectation;
        var program = LitmusCatalogue.Load(expected.Test).Single().With(expected);
        foreach (var kernel in (KernelProfile[])[expected.Kernels[0], expected.Kernels[^1]])
        {
            for (var seed = 1UL; seed <= Walks; seed++)
            {
                var outcome = LitmusBench.Walk(program, kernel, seed);

                Assert.That(outcome.Verdict, Is.EqualTo(LitmusVerdict.Allowed), $"{kernel.Name}, seed {seed}: {outcome}");
            }
        }
    }

    [Test]
    public void Random_walks_find_a_race_of_two_threads()
    {
        var expected = LitmusExpectations.Load().First(known => known.Test == "L2a" && known.IsReachable);
        var program = LitmusCatalogue.Load("L2a").Single().With(expected);

        var seeds = Enumerable.Range(1, 100).Where(seed =>
            LitmusBench.Walk(program, KernelProfile.Default, (ulong)seed).Verdict == LitmusVerdict.Forbidden);

        Assert.That(seeds, Is.Not.Empty);
    }

    [Test]
    public void The_same_seed_walks_the_same_way()
    {
        var program = LitmusCatalogue.Load("L1a").Single();

        var outcomes = Enumerable.Range(1, 20).Select(seed => (
            LitmusBench.Walk(program, KernelProfile.Default, (ulong)seed), LitmusBench.Walk(program, KernelProfile.Default, (ulong)seed))).ToList();

        Assert.That(outcomes.Where(pair => pair.Item1 != pair.Item2), Is.Empty);
        Assert.That(outcomes.Select(pair => pair.Item1.Text).Distinct().Count(), Is.GreaterThan(1));
    }
}
