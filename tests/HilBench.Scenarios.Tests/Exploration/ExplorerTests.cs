using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios.Tests;

/// <summary>Every interleaving is seen, and none that cannot be.</summary>
public sealed class ExplorerTests
{
    private static IEnumerable<TestCaseData> Reachable() => LitmusExpectations.Load()
        .Where(expected => expected.IsReachable).Select(expected => new TestCaseData(expected) { TestName = $"{{m}}({expected})" });

    private const string TwoPages = "map A 4KiB at = 0x40000000\n map B 4KiB at = 0x40200000\n write A 0\n write B 0";

    [TestCaseSource(typeof(ExplorationBench), nameof(ExplorationBench.Devices))]
    public void Store_buffering_has_the_three_outcomes_of_sequential_consistency(string device)
    {
        var program = LitmusBench.Parse("T0 {\n write A 1\n r1 = read B\n}\nT1 {\n write B 1\n r2 = read A\n}", TwoPages, "forbidden r1 = 0 and r2 = 0");

        var result = ExplorationBench.Explore(program, device);

        Assert.That(result.IsComplete, Is.True);
        Assert.That(ExplorationBench.Texts(result), Is.EqualTo((string[])["r1=0 r2=1", "r1=1 r2=0", "r1=1 r2=1"]));
    }

    [TestCaseSource(typeof(ExplorationBench), nameof(ExplorationBench.Devices))]
    public void A_device_that_reads_twice_while_a_CPU_writes_once_sees_three_of_four_pairs(string device)
    {
        var program = LitmusBench.Parse("T0 {\n write A 2\n}\nD0 {\n r1 = read A\n r2 = read A\n}", conditions: "forbidden r1 = 2 and r2 = 1");

        var result = ExplorationBench.Explore(program, device);

        Assert.That(ExplorationBench.Texts(result), Is.EqualTo((string[])["r1=1 r2=1", "r1=1 r2=2", "r1=2 r2=2"]));
    }

    [TestCase("T0 {\n write A 2\n}\nT1 {\n r1 = read A\n}", true)]
    [TestCase("T0 {\n munmap A\n}\nT1 {\n r1 = read A\n}", false)]
    [TestCase("T0 {\n munmap A\n}\nD0 {\n r1 = read A\n}", false)]
    [TestCase("T0 {\n munmap A\n}\nD0 {\n r1 = read A\n}\nT1 {\n r2 = read A\n}", false)]
    [TestCase("T0 {\n mprotect A access = r\n}\nD0 {\n r1 = write A 7\n}\nT1 {\n r2 = write A 8\n}", false)]
    public void What_is_left_out_and_merged_loses_no_outcome(string threads, bool isTree)
    {
        var program = LitmusBench.Parse(threads);
        var all = ExplorationBench.Texts(ExplorationBench.Explore(program, options: new ExploreOptions { IsReduced = false, IsMerged = !isTree }));

        var reduced = ExplorationBench.Texts(ExplorationBench.Explore(program));
        var merged = ExplorationBench.Texts(ExplorationBench.Explore(program, options: new ExploreOptions { IsReduced = false }));

        Assert.That(all, Is.Not.Empty);
        Assert.That(merged, Is.EqualTo(all));
        Assert.That(reduced, Is.EqualTo(all));
    }

    [Test]
    public void Reduction_saves_states()
    {
        var program = LitmusBench.Parse("T0 {\n munmap A\n}\nD0 {\n r1 = read A\n}");

        var whole = ExplorationBench.Explore(program, options: new ExploreOptions { IsReduced = false });
        var reduced = ExplorationBench.Explore(program);

        Assert.That(reduced.States, Is.LessThan(whole.States));
    }

    [Test]
    public void Threads_that_wait_for_each_other_for_ever_are_a_hang()
    {
        var program = LitmusBench.Parse("T0 {\n await r2 = 1\n r1 = 1\n}\nT1 {\n await r1 = 1\n r2 = 1\n}");

        var result = ExplorationBench.Explore(program);

        Assert.That(result.Outcomes.Single().Text, Does.StartWith("hang(T0,T1)"));
    }

    [TestCaseSource(typeof(ExplorationBench), nameof(ExplorationBench.Devices))]
    public void A_schedule_reaches_its_outcome_again_from_the_start(string device)
    {
        var program = LitmusBench.Parse("T0 {\n write A 2\n munmap A\n}\nD0 {\n r1 = read A\n}");
        var result = ExplorationBench.Explore(program, device);
        Assert.That(result.Outcomes, Has.Count.GreaterThanOrEqualTo(3));

        foreach (var outcome in result.Outcomes)
        {
            using var opened = ExplorationBench.Open(device);
            var replayed = ScheduleReplay.Run(program, opened, new BenchOptions(), outcome.Shortest);

            Assert.That(replayed.Outcome.Text, Is.EqualTo(outcome.Text));
            Assert.That(replayed.Steps, Has.Count.EqualTo(outcome.Shortest.Count));
        }
    }

    [Test]
    public void A_step_that_cannot_happen_there_is_refused()
    {
        var program = LitmusBench.Parse("T0 {\n write A 2\n}");
        using var device = new ModelDevice();

        var wrong = Assert.Throws<InputException>(() => ScheduleReplay.Run(program, device, new BenchOptions(), ["T0", "take posted"]));

        Assert.That(wrong!.Message, Does.Contain("step 2").And.Contain("take posted"));
    }

    [Test]
    public void A_write_protection_that_the_device_is_told_of_too_late_is_found_and_a_schedule_shows_it()
    {
        var program = ExplorationBench.Load("L2a");
        var options = ExplorationBench.With("munmap=E");
        var result = ExplorationBench.Explore(program, options: options with { Bounds = new ExploreBounds { Time = TimeSpan.FromMinutes(2) } });

        var forbidden = result.Outcomes.First(outcome => outcome.Verdict == LitmusVerdict.Forbidden);
        using var device = new ModelDevice();
        var replayed = ScheduleReplay.Run(program, device, options.Bench, forbidden.Shortest);

        Assert.That(replayed.Outcome, Is.EqualTo(new LitmusOutcome(forbidden.Text, LitmusVerdict.Forbidden)));
    }

    [TestCaseSource(nameof(Reachable))]
    public void What_the_table_says_can_happen_is_found(object expectation)
    {
        var expected = (LitmusExpectation)expectation;
        var program = ExplorationBench.Load(expected.Test).With(expected);
        using var device = new ModelDevice(program.DeviceFault);
        var options = new ExploreOptions
        {
            Bench = new BenchOptions { Profile = expected.Kernels[^1] },
            Bounds = new ExploreBounds { States = 1000 },
        };

        var result = new Explorer(program, device, options, TimeProvider.System).Explore(new ExplorationBench.Silent(), default);

        Assert.That(result.IsForbiddenReached, Is.True);
    }

    [TestCaseSource(typeof(ExplorationBench), nameof(ExplorationBench.Devices))]
    public void A_late_fill_is_never_kept(string device)
    {
        var result = ExplorationBench.Explore(ExplorationBench.Load("L22a"), device);

        Assert.That(result.IsComplete, Is.True);
        Assert.That(result.IsForbiddenReached, Is.False);
        Assert.That(ExplorationBench.Texts(result), Has.Count.EqualTo(2).And.All.Contains("r2=fault"));
    }

    [Test]
    public void A_bound_that_cuts_the_search_is_named()
    {
        var program = LitmusBench.Parse("T0 {\n munmap A\n}\nD0 {\n r1 = read A\n}");

        var byStates = ExplorationBench.Explore(program, options: new ExploreOptions { Bounds = new ExploreBounds { States = 10 } });
        var byDepth = ExplorationBench.Explore(program, options: new ExploreOptions { Bounds = new ExploreBounds { Depth = 3 } });
        var byPreemptions = ExplorationBench.Explore(program, options: new ExploreOptions { Bounds = new ExploreBounds { Preemptions = 0 } });

        Assert.That(byStates.Cut, Is.EqualTo("states=10"));
        Assert.That(byDepth.Cut, Is.EqualTo("depth=3"));
        Assert.That(byDepth.IsComplete, Is.False);
        Assert.That(byPreemptions.Outcomes, Is.Not.Empty);
    }

    [Test]
    public void An_exploration_that_was_cut_off_goes_on_to_the_same_result()
    {
        var program = LitmusBench.Parse("T0 {\n munmap A\n}\nD0 {\n r1 = read A\n}\nT1 {\n r2 = read A\n}");
        var whole = ExplorationBench.Explore(program);
        using var first = new ModelDevice();
        var cut = new Explorer(program, first, new ExploreOptions { Bounds = new ExploreBounds { States = whole.States / 2 } }, TimeProvider.System);
        Assert.That(cut.Explore(new ExplorationBench.Silent(), default).IsComplete, Is.False);

        using var second = new ModelDevice();
        var rest = new Explorer(program, second, new ExploreOptions(), TimeProvider.System);
        rest.GoOnFrom(cut.Rest());
        var resumed = rest.Explore(new ExplorationBench.Silent(), default);

        Assert.That(resumed.IsComplete, Is.True);
        Assert.That(ExplorationBench.Texts(resumed), Is.EqualTo(ExplorationBench.Texts(whole)));
    }

    [Test]
    public void A_file_of_another_exploration_is_refused()
    {
        using var device = new ModelDevice();
        var explorer = new Explorer(LitmusBench.Parse("T0 {\n write A 2\n}"), device, new ExploreOptions(), TimeProvider.System);

        Assert.Throws<InputException>(() => explorer.GoOnFrom("no such thing"u8));
    }
}
