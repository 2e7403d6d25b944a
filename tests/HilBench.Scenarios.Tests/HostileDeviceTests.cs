using System.Globalization;
using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Scenarios.Tests;

/// <summary>
/// Whatever a device sends, each scenario ends with a verdict: the bench does not crash, hang or grow. <c>make fuzz</c> runs
/// this for as long as one likes.
/// </summary>
public sealed class HostileDeviceTests
{
    private const ulong FirstSeed = 1;
    private const int UsualSeeds = 40;
    private const int ScenariosPerSeed = 12;
    private const long MostBytesPerScenario = 512L << 20;

    [Test]
    [Explicit("runs for HILBENCH_FUZZ_SECONDS; make fuzz")]
    public void Bench_survives_any_device_for_as_long_as_asked()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("HILBENCH_FUZZ_SECONDS") ?? "60", CultureInfo.InvariantCulture);
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("HILBENCH_FUZZ_SEED") ?? "1000", CultureInfo.InvariantCulture);
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds)
        {
            Survive(seed++);
        }

        TestContext.Progress.WriteLine($"seeds up to {seed - 1} ended with verdicts");
    }

    [Test]
    public void Bench_survives_hostile_devices()
    {
        var verdicts = new Dictionary<Verdict, int>();
        for (var seed = FirstSeed; seed < FirstSeed + UsualSeeds; seed++)
        {
            foreach (var verdict in Survive(seed))
            {
                verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + 1;
            }
        }

        // A device that harms nobody would make this test empty, and one that never comes up too.
        Assert.That(verdicts.GetValueOrDefault(Verdict.Failed), Is.GreaterThan(UsualSeeds));
        Assert.That(verdicts.GetValueOrDefault(Verdict.Passed), Is.GreaterThan(UsualSeeds / 2));
    }

    private static List<Verdict> Survive(ulong seed)
    {
        var scenarios = SuiteCatalogue.Load("conformance");
        var choice = new SeededChoice(seed).Child("scenarios");
        var verdicts = new List<Verdict>();
        using var device = new HostileDevice(seed);
        for (var i = 0; i < ScenariosPerSeed; i++)
        {
            var scenario = scenarios[choice.Between(0, scenarios.Count - 1)];
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var result = new ScenarioExecution(device, new BenchOptions { Seed = seed }, TimeProvider.System)
                    .Run(scenario, scenario.Name, "replay", CancellationToken.None);
                verdicts.Add(result.Verdict);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, scenario {i} ({scenario.Name}): {e}");
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostBytesPerScenario), $"seed {seed}, scenario {i} ({scenario.Name})");
        }

        return verdicts;
    }
}
