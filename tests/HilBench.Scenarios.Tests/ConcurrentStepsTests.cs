using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.Scenarios.Tests;

/// <summary>Steps of which another branch is at work on the same thing.</summary>
public sealed class ConcurrentStepsTests : IDisposable
{
    private readonly ModelDevice _device = new();

    public void Dispose() => _device.Dispose();

    [Test]
    public void A_child_is_bound_only_when_no_range_of_its_memory_is_open_any_more()
    {
        var run = Begin();
        var space = Written(run);
        var child = space.Fork();
        while (child.Steps.MoveNext())
        {
            run.Bench.RunCycles(64);
        }

        var cpu = new CpuContext(operationId: 0) { HoldsMmapLock = true };
        var range = new NotifierRange(new VirtualAddress(0x1000), new VirtualAddress(0x2000), NotifierEvent.Clear, IsBlockable: true, Owner: 0);
        Assert.That(child.Child!.Notifiers.Start(cpu, range), Is.Empty);
        using var adoption = run.Adopt("child", child.Child!, new Pasid(7), isBound: true, function: 0, default).GetEnumerator();

        Assert.That(adoption.MoveNext(), Is.True);
        Assert.That(adoption.Current.Kind, Is.EqualTo(PauseKind.Lock));
        Assert.That(run.Bench.Pasids.Find(new Pasid(7)), Is.Null, "the device gets nothing before it is told of changes");
        Assert.That(child.Child!.Notifiers.End(cpu, range, Placement.AtEnd), Is.Empty);

        while (adoption.MoveNext())
        {
        }

        Assert.That(run.Bench.Pasids.Find(new Pasid(7)), Is.SameAs(child.Child));
    }

    [Test]
    public void A_PASID_belongs_to_one_process_at_a_time() =>
        Assert.That(
            ScenarioBench.RunSteps("- fork: { child: a, pasid: 9 }\n- fork: { child: b, pasid: 9 }").Note,
            Does.Contain("PASID 0x9 belongs to a process already"));

    [Test]
    public void A_process_that_becomes_another_program_stays_at_its_function()
    {
        var run = Begin();
        run.AddProcess("second", new Pasid(3), function: 1);

        Run(run, "exec: { process: second }");

        Assert.That(run.Bench.Functions[1].Pasids.Find(new Pasid(3)), Is.SameAs(run.Process("second", default).Space));
        Assert.That(run.Bench.Functions[0].Pasids.Find(new Pasid(3)), Is.Null);
    }

    [Test]
    public void A_wait_for_invalidations_lets_others_start_more()
    {
        var run = Begin();
        Run(run, "invalidate: { at: 0x10000, wait: false }");
        using var waiting = Steps("wait: { for: invalidations }", run).GetEnumerator();
        Assert.That(waiting.MoveNext(), Is.True);
        Run(run, "invalidate: { at: 0x20000, wait: false }");

        while (waiting.MoveNext())
        {
            run.Continue(waiting.Current);
        }

        Assert.That(run.Tickets, Has.Count.EqualTo(1), "the other one is for its own branch to wait for");
    }

    [Test]
    public void A_stream_of_DMA_lasts_as_long_as_the_CPU_beside_it()
    {
        const string Cpu = "      - steps: [ repeat: { times: 40, steps: [ touch: { at: 0x10000, for: write }, dontneed: { at: 0x10000, size: 4096 } ] } ]\n";
        const string Stream = "      - steps: [ repeat: { while: others, steps: [ dma-read: { at: 0x10000, ends: any } ] } ]\n";
        const string Map = "- map: { name: buffer, at: 0x10000, size: 4096 }\n- together:\n    device-cycles: 40\n    branches:\n";
        var invalidations = ScenarioBench.RunSteps(Map + Cpu).Transactions;
        var beside = ScenarioBench.RunSteps(Map + Cpu + Stream);
        var atMost = ScenarioBench.RunSteps(Map + Cpu + Stream.Replace("while: others", "while: others, times: 2", StringComparison.Ordinal));
        var alone = ScenarioBench.RunSteps(Map + Stream + Stream);

        Assert.That(beside.Verdict, Is.EqualTo(Verdict.Passed), beside.Note);
        Assert.That(beside.Transactions - invalidations, Is.GreaterThan(3));
        Assert.That(atMost.Transactions - invalidations, Is.EqualTo(2));
        Assert.That(alone.Transactions, Is.LessThan(3), "two that wait for each other's end have nobody to go on for");
    }

    [Test]
    public void A_stream_for_others_runs_once_where_there_are_none() =>
        Assert.That(
            ScenarioBench.RunSteps("- map: { name: buffer, at: 0x10000, size: 4096 }\n- repeat: { while: others, times: 9, steps: [ dma-read: { at: 0x10000 } ] }").Transactions,
            Is.EqualTo(1));

    [Test]
    public void Where_the_schedule_says_nothing_the_others_go_before_a_stream_for_them()
    {
        List<Branch> all = [];
        var others = new Branch(Enumerable.Empty<Pause>().GetEnumerator(), all);
        var stream = new Branch(Enumerable.Empty<Pause>().GetEnumerator(), all) { IsForOthers = true };
        all.AddRange([others, stream]);

        Assert.That((others.CanMove, stream.CanMove), Is.EqualTo((true, false)));
        others.Stands(Pause.Device);
        Assert.That((others.CanMove, stream.CanMove), Is.EqualTo((false, true)));
        Assert.That((others.IsAlone, stream.IsAlone), Is.EqualTo((true, false)));
    }

    [Test]
    public void A_burst_of_DMA_is_under_way_at_once_and_then_waited_for()
    {
        var one = ScenarioBench.RunSteps("- map: { name: buffer, at: 0x10000, size: 4096 }\n- dma-read: { at: 0x10000, times: 32 }");
        var burst = ScenarioBench.RunSteps("- map: { name: buffer, at: 0x10000, size: 4096 }\n- dma-read: { at: 0x10000, times: 32, burst: 8 }");

        Assert.That((one.Verdict, burst.Verdict), Is.EqualTo((Verdict.Passed, Verdict.Passed)), $"{one.Note}{burst.Note}");
        Assert.That(burst.Transactions, Is.EqualTo(one.Transactions));
        Assert.That(burst.Cycles, Is.LessThan(one.Cycles * 2 / 3));
    }

    [Test]
    public void While_the_host_owes_the_answer_to_a_page_request_the_device_may_take_its_time()
    {
        var run = Begin(isTolerant: true);
        var space = run.Process("main", default).Space;
        space.Mmap(4096, Protection.ReadWrite, at: new VirtualAddress(0x10000)).RunToEnd();
        Run(run, "page-requests: { enable: true, mode: serve }");
        var unmap = space.Munmap(VirtualRange.OfSize(new VirtualAddress(0x20000), 4096));
        do
        {
            Assert.That(unmap.Steps.MoveNext(), Is.True);
        }
        while (unmap.Steps.Current.Kind != PreemptionKind.LockTaken);
        Run(run, "dma-read: { at: 0x10000, page-requests: true, wait: false }");

        run.Bench.RunCycles(3 * run.Bench.Options.DeadlineCycles / 2);
        run.CollectDma();

        Assert.That(run.Bench.Checker.Violations, Is.Empty);
        unmap.RunToEnd();
        foreach (var pause in run.WaitForDma())
        {
            run.Continue(pause);
        }

        Assert.That(run.Bench.Checker.Violations, Is.Empty);
    }

    [Test]
    public void While_the_host_holds_an_answer_back_the_device_may_take_its_time()
    {
        var run = Begin(isTolerant: true);
        Run(run, "map: { name: m, size: 4KiB }");
        Run(run, "hold: { what: translations }");
        Run(run, "dma-read: { at: m, wait: false }");
        run.Bench.RunCycles(2 * run.Bench.Options.DeadlineCycles);

        Run(run, "release: {}");
        run.CollectDma();

        Assert.That(run.Bench.Checker.Violations, Is.Empty);
    }

    /// <summary>The second branch drops the lock of the reverse map that the first waits for, and at once waits for a lock of the first.</summary>
    [Test]
    public void A_branch_that_drops_a_lock_on_the_way_to_its_next_wait_wakes_the_others()
    {
        var file = ReplayFile.Read("t.yaml", """
            schema: hilbench.replay/1
            kind: program
            device: 'model:'
            profile: linux-6.1
            policy: 4k
            seed: 11353358482997157599
            expected: {verdict: error, time: 0, reason: "a lock"}
            choices:
              turns: b*9 a b a*2 b a b*5 a*2 b*3 a
            scenario:
              name: a
              about: b
              tolerant: true
              processes:
                p0: {pasid: none}
                p1: {pasid: 0xffeff}
              steps:
              - map: {name: m3, size: 4, process: p0}
              - map: {name: m4, size: 4, process: p0}
              - together:
                  branches:
                  - steps:
                    - map: {name: m1, at: 0x4080000000, size: 4, process: p1}
                  - steps:
                    - map: {name: m1, at: 0x4080000000, size: 4, process: p1}
                    - migrate: {at: m3, process: p0}
                    - mprotect: {at: m4, process: p1}
            """);

        var result = new Replayer(new DeviceLocations("nowhere"), TimeProvider.System).Run(file, null, null, CancellationToken.None).Result;

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), result.Note);
    }

    /// <summary>With this seed munmap waits for the reverse map until the migration drops it on its way to the mmap lock, which munmap holds.</summary>
    [Test]
    public void A_lock_that_was_dropped_between_two_waits_is_tried_again_before_the_run_is_called_stuck()
    {
        var options = new BenchOptions { Seed = SeededChoice.ChildSeed(1, "live#16478") };
        var result = ScenarioBench.RunSteps("""
            - map: { name: m0, size: 32KiB, populate: false }
            - write: { at: m0 }
            - write: { at: m0 + 12KiB }
            - write: { at: m0 + 16KiB }
            - together:
                branches:
                - steps: [ clear-refs: { value: 1 }, mprotect: { at: m0 } ]
                - steps: [ migrate: { at: m0 }, mprotect: { at: m0 } ]
                - steps: [ map: { name: m0, at: m0, size: 32KiB } ]
            """, options: options, keys: "    tolerant: true\n    latency: 4\n    processes: { main: { pasid: none } }\n");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), result.Note);
    }

    /// <summary>An Invalidate Request waits for the reads that are out: held back for ever, they make the device miss its deadline.</summary>
    [Test]
    public void What_is_held_back_comes_while_branches_go_on_without_a_wait()
    {
        var run = Begin(isTolerant: true);
        Run(run, "map: { name: m, size: 4KiB }");
        Run(run, "dma-read: { at: m }");
        Run(run, "hold: { what: reads }");
        Run(run, "dma-read: { at: m, wait: false }");
        run.Bench.RunCycles(500);
        var since = run.Bench.Wire.Now;
        while (run.Bench.Wire.HeldCount > 0 && run.Bench.Wire.Now < since + 20_000)
        {
            run.LimitHold();
            run.Bench.RunCycles(10);
        }

        Assert.That(run.Bench.Wire.Now - since, Is.InRange(5000, 6000));
    }

    private ScenarioRun Begin(bool isTolerant = false)
    {
        var run = new ScenarioRun(new Bench(_device, new BenchOptions { MemoryBytes = 64 << 20, DeadlineCycles = 2000 }), isTolerant);
        run.AddProcess("main", new Pasid(1));
        return run;
    }

    private static AddressSpace Written(ScenarioRun run)
    {
        var space = run.Process("main", default).Space;
        var range = space.Mmap(4096, Protection.ReadWrite).RunToEnd().Range;
        space.Write(range.Start, new byte[8]).RunToEnd();
        return space;
    }

    private static void Run(ScenarioRun run, string step)
    {
        foreach (var pause in Steps(step, run))
        {
            run.Continue(pause);
        }
    }

    private static IEnumerable<Pause> Steps(string step, ScenarioRun run) => StepReader.Sequence(
        ScenarioFile.Read("t.yaml", $"version: 1\nscenarios: [ {{ name: a, about: b, steps: [ {step} ] }} ]").Single().Steps, run);
}
