using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;

namespace HilBench.Scenarios.Tests;

/// <summary>How scenarios end, and that they all end.</summary>
public sealed class ScenarioExecutionTests
{
    private const string Together = """
        - map: { name: buffer, size: 64KiB, at: 0x40000000 }
        - repeat: { times: 16, steps: [ dma-read: { at: buffer + i } ] }
        - timing: { jitter: 30 }
        - together:
            branches:
              - steps: [ munmap: { at: buffer, size: 32KiB } ]
              - steps: [ repeat: { times: 8, steps: [ dma-read: { at: buffer + i, ends: any } ] } ]
        """;

    [Test]
    public void A_story_that_breaks_no_rule_passes()
    {
        var result = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB }\n- dma-read: { at: buffer }");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), result.Note);
        Assert.That(result.Transactions, Is.EqualTo(1));
        Assert.That(result.Violations, Is.Empty);
    }

    [Test]
    public void A_stale_use_fails_with_the_rule_and_the_lines_that_prove_it()
    {
        using var device = new ModelDevice("M01");
        var result = ScenarioBench.RunSteps(
            "- map: { name: buffer, size: 8KiB, at: 0x40000000 }\n- dma-read: { at: buffer }\n- munmap: { at: buffer }\n- dma-read: { at: buffer, ends: no-access }",
            device,
            keys: "    rules: [ATS-INV-001]\n");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(result.Violations.Select(violation => violation.Rule.Id), Does.Contain("ATS-INV-001"));
        Assert.That(result.Timeline, Is.Not.Empty);
    }

    [Test]
    public void An_end_that_is_not_the_expected_one_fails()
    {
        var missing = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB, at: 0x40000000, populate: false }\n- dma-read: { at: buffer }");
        Assert.That(missing.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(missing.Violations[0].Reason, Does.Contain("although the page is mapped"));
        var present = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB }\n- dma-read: { at: buffer, ends: no-access }");
        Assert.That(present.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(present.Violations[0].Reason, Does.Contain("although nothing is mapped there"));
    }

    [Test]
    public void Each_operation_is_judged_by_its_own_end_also_when_its_slot_is_used_again()
    {
        var result = ScenarioBench.RunSteps("""
            - map: { name: buffer, size: 8KiB, at: 0x40000000 }
            - munmap: { at: buffer }
            - dma-read: { at: buffer, wait: false, ends: no-access }
            - run: { cycles: 2000 }
            - dma-read: { at: buffer + 4KiB, wait: false }
            - wait: {}
            """);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), string.Join("; ", result.Violations.Select(violation => violation.Reason)));
    }

    [Test]
    public void A_device_without_pasid_is_not_judged_by_scenarios_that_use_one()
    {
        using var device = WithoutPasid();
        var result = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB }", device);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.NotApplicable));
        Assert.That(result.Note, Is.EqualTo("the device has no PASID capability (0x001B)"));
    }

    [Test]
    public void A_device_without_pasid_is_judged_by_scenarios_that_use_none()
    {
        using var device = WithoutPasid();
        var result = ScenarioBench.RunSteps(
            "- map: { name: buffer, size: 4KiB }\n- dma-read: { at: buffer }", device, keys: "    processes: { main: { pasid: none } }\n");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), result.Note);
    }

    [Test]
    public void A_pasid_with_more_bits_than_the_device_has_is_not_applicable()
    {
        using var device = new AlteredDevice { Configuration = (register, value) => register == 0x114 ? (value & ~0x1F00u) | 8 << 8 : value };
        var result = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB }", device, keys: "    processes: { main: { pasid: 256 } }\n");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.NotApplicable));
        Assert.That(result.Note, Is.EqualTo("the device's PASIDs have 8 bits"));
    }

    [Test]
    public void A_device_without_global_invalidate_is_not_judged_by_scenarios_that_need_it()
    {
        using var device = new AlteredDevice { Configuration = (register, value) => register == 0x104 ? value & ~AtsCapability.GlobalInvalidateSupported : value };
        var result = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB }", device, keys: "    needs: [global]\n");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.NotApplicable));
        Assert.That(result.Note, Is.EqualTo("the device does not support Global Invalidate"));
    }

    [TestCase("- read: { at: 0x1000 }", "test.yaml:6:15: Read ended with Segv")]
    [TestCase("- munmap: { at: 0x1001 }", "test.yaml:6:17: Munmap ended with error -22")]
    [TestCase("- munmap: { at: 0xFFFFFFFFFFFFF000, size: 8KiB }", "test.yaml:6:17: 0xfffffffffffff000 + 8192 bytes goes beyond the last address")]
    [TestCase("- invalidate: { at: 0xFFFFFFFFFFFFF000, size: 8KiB }", "test.yaml:6:21: 0xfffffffffffff000 + 8192 bytes goes beyond the last address")]
    [TestCase("- dma-read: { at: 0x1002 }", "test.yaml:6:19: 0x1002 is no address for a transfer of 64 bytes")]
    [TestCase("- dma-read: { at: nowhere }", "test.yaml:6:25: 'nowhere' names nothing")]
    [TestCase("- map: { name: a, size: 4KiB, process: other }", "test.yaml:6:14: there is no process 'other'")]
    [TestCase("- wait: { for: held }", "test.yaml:6:15: nothing was held back")]
    public void A_scenario_that_asks_for_the_impossible_is_an_error_with_its_place(string step, string note)
    {
        var result = ScenarioBench.RunSteps(step);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Error));
        Assert.That(result.Note, Does.StartWith(note));
    }

    [Test]
    public void Waiting_for_an_answer_that_the_scenario_holds_back_is_the_scenarios_mistake()
    {
        var result = ScenarioBench.RunSteps("- map: { name: buffer, size: 4KiB }\n- hold: {}\n- dma-read: { at: buffer }");
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Error));
        Assert.That(result.Note, Does.StartWith("test.yaml:8:19: the operation waits for an answer that the scenario holds back"));
    }

    [Test]
    public void A_device_that_does_not_come_up_is_an_error()
    {
        using var device = new RecordingDevice();
        var result = ScenarioBench.RunSteps("- run: {}", device);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Error));
        Assert.That(result.Note, Does.StartWith("Device: CfgRd0 of register 0x000 has no answer"));
    }

    [TestCase("- invalidate: { at: 0x1000 }")]
    [TestCase("- invalidate: { at: 0x1000, wait: false }\n- run: { cycles: 500000 }\n- wait: {}")]
    [TestCase("- invalidate: { at: 0, size: 400KiB, wait: false }")]
    [TestCase("- map: { name: buffer, size: 64KiB }\n- munmap: { at: buffer, size: 64KiB }")]
    [TestCase("- map: { name: buffer, size: 64KiB }\n- together: { branches: [ { steps: [ munmap: { at: buffer } ] }, { steps: [ munmap: { at: buffer + 4KiB } ] } ] }")]
    [CancelAfter(60_000)]
    public void A_device_that_falls_silent_at_an_invalidation_ends_in_quarantine(string steps)
    {
        using var device = Silent();
        var result = ScenarioBench.RunSteps(steps, device);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(result.Violations[0].Rule.Id, Is.EqualTo("ATS-ICP-001"));
        Assert.That(result.Violations[0].Reason, Does.Contain("no Invalidate Completion came before the deadline"));
    }

    [TestCase("- dma-read: { at: buffer }", 1)]
    [TestCase("- repeat: { times: 30, steps: [ dma-read: { at: buffer, wait: false } ] }", 8)]
    [TestCase("- together: { branches: [ { steps: [ dma-read: { at: buffer, times: 20 } ] }, { steps: [ dma-write: { at: buffer } ] } ] }", 8)]
    [CancelAfter(60_000)]
    public void A_device_that_never_ends_its_operations_fails_and_does_not_hang_the_bench(string step, int stuckMax)
    {
        using var device = Silent();
        var result = ScenarioBench.RunSteps($"- map: {{ name: buffer, size: 4KiB }}\n{step}", device);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(result.Violations.Select(violation => violation.Rule.Id), Is.All.EqualTo("ATS-TRN-010"));
        Assert.That(result.Violations, Has.Count.InRange(1, stuckMax));
    }

    [Test]
    [CancelAfter(60_000)]
    public void Branches_that_all_wait_for_a_lock_that_nobody_drops_end_as_a_bug_of_the_bench()
    {
        using var device = new ModelDevice();
        var bench = new Bench(device, new BenchOptions { MemoryBytes = 64 << 20 });
        var run = new ScenarioRun(bench);
        run.AddProcess("main", new Pasid(1));
        var space = run.Process("main", default).Space;
        var holder = space.Mmap(4096, Protection.ReadWrite);
        do
        {
            Assert.That(holder.Steps.MoveNext(), Is.True);
        }
        while (holder.Steps.Current.Kind != PreemptionKind.LockTaken);

        var steps = ScenarioFile.Read("t.yaml", """
            version: 1
            scenarios:
              - name: a
                about: b
                steps:
                  - together:
                      branches:
                        - steps: [ munmap: { at: 0x10000 } ]
                        - steps: [ munmap: { at: 0x20000 } ]
            """).Single().Steps;
        Assert.That(
            () =>
            {
                foreach (var pause in StepReader.Sequence(steps, run))
                {
                    run.Continue(pause);
                }
            },
            Throws.InstanceOf<BenchException>().With.Message.Contains("waits for a lock that nobody holds or drops, in mmap_write_lock"));
    }

    [Test]
    public void The_same_seed_gives_the_same_journal_to_the_byte()
    {
        var first = JournalOf(seed: 3);
        Assert.That(JournalOf(seed: 3), Is.EqualTo(first));
        Assert.That(JournalOf(seed: 4), Is.Not.EqualTo(first));
    }

    [Test]
    public void The_same_device_used_again_gives_the_same_result()
    {
        using var device = new ModelDevice();
        var first = ScenarioBench.RunSteps(Together, device);
        var second = ScenarioBench.RunSteps(Together, device);
        Assert.That((second.Cycles, second.TlpsFromDevice, second.Verdict), Is.EqualTo((first.Cycles, first.TlpsFromDevice, first.Verdict)));
        Assert.That(first.Verdict, Is.EqualTo(Verdict.Passed), first.Note);
    }

    [Test]
    public void Cancelling_ends_a_scenario_in_the_middle()
    {
        using var device = new ModelDevice();
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        var scenario = ScenarioFile.Read("t.yaml", "version: 1\nscenarios: [ { name: a, about: b, steps: [ invalidate: { at: 0 } ] } ]").Single();
        Assert.That(
            () => new ScenarioExecution(device, new BenchOptions(), TimeProvider.System).Run(scenario, "a", "replay", cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static AlteredDevice WithoutPasid() =>
        new() { Configuration = (register, value) => register == 0x100 ? value & 0x000F_FFFF : value };

    private static AlteredDevice Silent() =>
        new() { Silences = (kind, offset) => kind == TlpKind.InvalidateRequest || (kind == TlpKind.MemoryWrite && offset >= 0x100) };

    private static (ulong Lines, ulong Hash, ulong Cycles) JournalOf(ulong seed)
    {
        using var device = new ModelDevice();
        var bench = new Bench(device, new BenchOptions { Seed = seed, MemoryBytes = 256 << 20 });
        var hash = new JournalHash();
        for (var line = bench.Journal.Oldest; line < bench.Journal.Count; line++)
        {
            hash.Observe(bench.Journal[line].Time, bench.Journal[line].Kind, bench.Journal[line].Payload);
        }

        bench.Journal.Subscribe(hash);
        var run = new ScenarioRun(bench);
        run.AddProcess("main", new Pasid(1));
        var text = string.Join('\n', Together.Split('\n').Select(line => $"      {line}"));
        var steps = ScenarioFile.Read("t.yaml", $"version: 1\nscenarios:\n  - name: a\n    about: b\n    steps:\n{text}\n").Single().Steps;
        foreach (var pause in StepReader.Sequence(steps, run).Concat(run.WaitForDma()))
        {
            run.Continue(pause);
        }

        return (bench.Journal.Count, hash.Value, bench.Wire.Now);
    }

    /// <summary>FNV-1a over every line: time, kind and payload.</summary>
    private sealed class JournalHash : IJournalObserver
    {
        public ulong Value { get; private set; } = 0xCBF29CE484222325;

        public void Observe(ulong time, JournalKind kind, ReadOnlySpan<byte> payload)
        {
            Add(BitConverter.GetBytes(time));
            Add(BitConverter.GetBytes((ushort)kind));
            Add(payload);
        }

        private void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
            {
                Value = (Value ^ value) * 0x100000001B3;
            }
        }
    }
}
