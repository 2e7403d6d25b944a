using HilBench.Devices;

namespace HilBench.Scenarios.Tests;

/// <summary>Random walks of the litmus tests of the repository.</summary>
public sealed class LitmusWalkTests
{
    private const ulong Walks = 40;

    private static IEnumerable<TestCaseData> Programs() =>
        LitmusCatalogue.LoadAll().Select(program => new TestCaseData(program) { TestName = $"{{m}}({program.Name})" });

    [TestCaseSource(nameof(Programs))]
    public void No_random_walk_on_the_default_kernel_shows_what_is_forbidden_or_unlisted(object test)
    {
        var program = (LitmusProgram)test;
        for (var seed = 1UL; seed <= Walks; seed++)
        {
            using var device = new ModelDevice();
            var bench = new Bench(device, program.OptionsOn(new BenchOptions { Seed = seed }));
            var run = new LitmusRun(program, bench);
            run.Setup();
            var outcome = new LitmusWalk(run, bench.Choice.Child("walk")).Walk();

            Assert.That(outcome.Verdict, Is.EqualTo(LitmusVerdict.Allowed), $"seed {seed}: {outcome}");
        }
    }
}
