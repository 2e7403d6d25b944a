using HilBench.Checking;
using HilBench.Clients;

namespace HilBench.Scenarios.Tests;

/// <summary>Subscribers and threads in scenarios: what is promised must be seen, and nothing else may.</summary>
public sealed class ClientStepTests
{
    private const string Unbound = "    processes: { main: { pasid: unbound } }\n    memory: 16MiB\n";

    private const string StaleStory = """
        - client-add: { as: k, kind: sequence-count, fault: FAULT }
        - map: { name: page, size: 4KiB, populate: false }
        - touch: { at: page, for: read }
        - begin: { as: device, until: client, site: page-found, steps: [ client-fault: { client: k, at: page } ] }
        - write: { at: page }
        - go: { thread: device }
        - client-read: { client: k, at: page, faulty: PROMISE }
        """;

    [TestCase("none", "stale", Verdict.Passed, null)]
    [TestCase("B4", "stale", Verdict.Passed, null)]
    [TestCase("B4", "foreign", Verdict.Failed, "MMN-SUB-002")]
    [TestCase("B4", "fresh", Verdict.Failed, "MMN-SUB-002")]
    [TestCase("B3", "stale", Verdict.Failed, "MMN-SUB-002")]
    public void A_mistake_must_show_exactly_what_is_promised(string fault, string promise, Verdict verdict, string? rule)
    {
        var result = Run(StaleStory.Replace("FAULT", fault).Replace("PROMISE", promise));

        Assert.That(result.Verdict, Is.EqualTo(verdict), result.Note);
        Assert.That(result.Violations.Select(violation => violation.Rule.Id), Is.EqualTo(rule is null ? [] : new[] { rule }));
    }

    [Test]
    public void A_stale_read_that_nothing_promised_fails_with_the_access()
    {
        var result = Run(StaleStory.Replace("FAULT", "B4").Replace(", faulty: PROMISE", string.Empty));

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Failed));
        Assert.That(result.Violations.Single().Rule.Id, Is.EqualTo("MMN-SUB-001"));
        Assert.That(result.Violations.Single().Reason, Does.Contain("the page of the CPU was expected, a page that the CPU has left was seen"));
    }

    [Test]
    public void A_write_of_the_device_goes_where_the_CPU_reads()
    {
        var result = Run("""
            - client-add: { as: k, kind: interval-tree }
            - map: { name: page, size: 4KiB }
            - client-write: { client: k, at: page }
            - mprotect: { at: page, access: r }
            - client-write: { client: k, at: page, expect: refused }
            - client-read: { client: k, at: page }
            - client-remove: { client: k }
            - client-read: { client: k, at: page, expect: refused }
            """);

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Passed), Text(result));
    }

    [Test]
    public void A_fault_that_waits_for_ever_is_seen_as_a_hang()
    {
        const string story = """
            - client-add: { as: k, kind: sequence-count }
            - map: { name: page, size: 4KiB }
            - begin: { as: cpu, until: after-notifier, steps: [ munmap: { at: page } ] }
            - client-read: { client: k, at: page, expect: hang }
            - go: { thread: cpu }
            """;

        Assert.That(Run(story).Verdict, Is.EqualTo(Verdict.Passed), Text(Run(story)));
    }

    [Test]
    public void A_sleep_under_the_page_table_lock_that_nobody_expected_is_an_error()
    {
        const string story = """
            - client-add: { as: k, kind: secondary-tlb, fault: B5 }
            - map: { name: page, size: 4KiB, populate: false }
            - touch: { at: page, for: read }
            - write: { at: page }
            """;

        Assert.That(Run(story).Note, Does.Contain("SleepInAtomicContext"));
        Assert.That(Run($"{story}\n- finding: {{ client: k, faulty: sleep-in-atomic-context }}").Verdict, Is.EqualTo(Verdict.Passed));
    }

    [TestCase("- finding: { client: k, faulty: sleep-in-atomic-context }\n", "none", Verdict.Passed)]
    [TestCase("- finding: { client: k, faulty: sleep-in-atomic-context }\n", "B5", Verdict.Failed)]
    public void A_finding_that_is_promised_must_be_there(string steps, string fault, Verdict verdict) =>
        Assert.That(Run($"- client-add: {{ as: k, kind: secondary-tlb, fault: {fault} }}\n{steps.Trim()}").Verdict, Is.EqualTo(verdict));

    [TestCase("- client-add: { as: k, kind: sequence }", "'sequence' is not possible for 'kind'")]
    [TestCase("- client-add: { as: k, kind: interval-tree, fault: B3 }", "a client of kind 'interval-tree' cannot make the mistake B3")]
    [TestCase("- client-add: { as: k, kind: interval-tree, fault: B99 }", "there is no fault 'B99' of a client")]
    [TestCase("- finding: { client: k, faulty: tired }", "'tired' is not possible for 'faulty'")]
    [TestCase("- go: { thread: cpu, until: soon }", "'soon' is not possible for 'until'")]
    public void A_step_that_cannot_be_is_told_with_its_place(string step, string message) =>
        Assert.That(() => Run(step), Throws.InstanceOf<Journal.InputException>().With.Message.Contains(message));

    [TestCase("- client-read: { client: k, at: 0 }", "there is no client 'k'")]
    [TestCase("- go: { thread: cpu }", "there is no thread 'cpu'")]
    [TestCase("- begin: { as: cpu, steps: [ munmap: { at: 0x1000 } ] }", "the thread 'cpu' has not ended")]
    [TestCase("- map: { name: page, size: 4KiB }\n- dma-read: { at: page }", "the device cannot reach 'main'")]
    [TestCase(
        "- map: { name: page, size: 4KiB }\n- begin: { as: cpu, until: lock-taken, steps: [ munmap: { at: page } ] }\n- begin: { as: other, until: end, steps: [ munmap: { at: page } ] }",
        "the thread waits for another in mmap_write_lock")]
    public void A_story_that_cannot_be_is_an_error(string steps, string note)
    {
        var result = Run(steps);

        Assert.That(result.Verdict, Is.EqualTo(Verdict.Error));
        Assert.That(result.Note, Does.Contain(note));
    }

    [Test]
    public void Every_mistake_that_a_client_can_make_has_a_scenario_and_a_correct_twin()
    {
        var names = SuiteCatalogue.Load("clients").Select(scenario => scenario.Name).ToList();
        var ids = ClientFaultCatalogue.All.Where(fault => fault.Clients.Count > 0).Select(fault => fault.Id);

        var missing = ids.Where(id => !names.Exists(name => name.StartsWith($"clients/{id}-", StringComparison.Ordinal) && name.EndsWith("-faulty", StringComparison.Ordinal)));
        var alone = names.Where(name => name.EndsWith("-faulty", StringComparison.Ordinal) && !names.Contains(name.Replace("-faulty", "-correct")));

        Assert.That(missing, Is.Empty);
        Assert.That(alone, Is.Empty);
    }

    private static ScenarioResult Run(string steps) => ScenarioBench.RunSteps(steps, keys: Unbound);

    private static string Text(ScenarioResult result) =>
        $"{result.Note} {string.Join("; ", result.Violations.Select(violation => violation.Reason))}";
}
