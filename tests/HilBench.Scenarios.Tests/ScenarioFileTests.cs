using HilBench.Journal;

namespace HilBench.Scenarios.Tests;

/// <summary>Reading scenario files: what is wrong is told with its place; variables make many scenarios of one.</summary>
public sealed class ScenarioFileTests
{
    private const string Head = "version: 1\nscenarios:\n  - name: a\n    about: b\n";

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return new("", "t.yaml:1:1: the file is empty. ") { TestName = "empty file" };
        yield return new("version: 1\n  scenarios: [", "t.yaml:2:12: this is not YAML: ") { TestName = "not YAML" };
        yield return new("version: 1\nscenarios:\n  perst: {[chip: a, line: 7, active: low}\n  monitors:\n    - {name: x}\n", "t.yaml:3:") { TestName = "brackets that the parser loses itself in" };
        yield return new("version: 1\nscenarios: *all\n", "t.yaml:2:12: this is not YAML: ") { TestName = "alias of nothing" };
        yield return new("a: 1\na: 2\n", "t.yaml:2:1: this is not YAML: ") { TestName = "key twice" };
        yield return new("- a", "t.yaml:1:1: a scenario file must be a mapping. ") { TestName = "list at the top" };
        yield return new("version: 2\nscenarios: []", "t.yaml:1:10: unknown version of the scenario format. This bench reads version 1.") { TestName = "wrong version" };
        yield return new("scenarios: []", "t.yaml:1:1: 'version' is missing. Add 'version:'.") { TestName = "no version" };
        yield return new("version: 1", "t.yaml:1:1: 'scenarios' is missing. Add 'scenarios:'.") { TestName = "no scenarios" };
        yield return new("version: 1\nscenarios: []\nscenario: x", "t.yaml:3:1: unknown key 'scenario'. Did you mean 'scenarios'?") { TestName = "unknown key at the top" };
        yield return new("version: 1\nscenarios: a", "t.yaml:2:12: 'scenarios' must be a list. ") { TestName = "scenarios no list" };
        yield return new(Head + "    steps: []\n---\nversion: 1", "t.yaml:7:1: a second document begins here. ") { TestName = "second document" };
        yield return new(Head + "    memory: 1MiB", "t.yaml:3:5: 'steps' is missing. Add 'steps:'.") { TestName = "no steps" };
        yield return new(Head + "    stesp: []", "t.yaml:5:5: unknown key 'stesp'. Did you mean 'steps'?") { TestName = "steps misspelt" };
        yield return new(Head + "    steps: []\n    rule: x", "t.yaml:6:5: unknown key 'rule'. Did you mean 'rules'?") { TestName = "unknown key of a scenario" };
        yield return new(Head + "    rules: [ATS-INV-099]\n    steps: []", "t.yaml:5:12: there is no rule 'ATS-INV-099'. Did you mean 'ATS-INV-0") { TestName = "unknown rule" };
        yield return new(Head + "    needs: [pri]\n    steps: []", "t.yaml:5:12: 'pri' is nothing that a device can have. ") { TestName = "unknown need" };
        yield return new(Head + "    levels: 3\n    steps: []", "t.yaml:5:13: '3' is not possible for 'levels'. ") { TestName = "levels" };
        yield return new(Head + "    memory: 4GB\n    steps: []", "t.yaml:5:13: '4GB' is no address. ") { TestName = "bad unit" };
        yield return new(Head + "    memory: 0\n    steps: []", "t.yaml:5:13: 'memory' is 0. ") { TestName = "no memory" };
        yield return new(Head + "    processes: { main: { pasid: 0x100000 } }\n    steps: []", "t.yaml:5:33: '0x100000' is no PASID. ") { TestName = "PASID of 21 bits" };
        yield return new(Head + "    processes: { main: {} }\n    steps: []", "t.yaml:5:24: 'pasid' is missing. ") { TestName = "process without PASID" };
        yield return new(Head + "    with: { n: [] }\n    steps: []", "t.yaml:5:16: 'n' has no values. ") { TestName = "variable without values" };
        yield return new(Head + "    with: { n: 5..4 }\n    steps: []", "t.yaml:5:16: the range '5..4' holds no values or too many. ") { TestName = "range without values" };
        yield return new(Head + "    with: { n: -2147483648..2147483647 }\n    steps: []", "t.yaml:5:16: the range '-2147483648..2147483647' holds no values or too many. ") { TestName = "range of all numbers" };
        yield return new(Head + "    with: { n: 1..200, m: 1..200 }\n    steps: []", "t.yaml:5:27: more than 10000 combinations. ") { TestName = "too many combinations" };
        yield return new(Head + "    with: { n: 1..2 }\n    steps: []", "t.yaml:3:5: there are two scenarios named 'a'. ") { TestName = "duplicate name by variables" };
        yield return new(Head + "    steps: []\n  - name: a\n    about: b\n    steps: []", "t.yaml:6:5: there are two scenarios named 'a'. ") { TestName = "duplicate name" };
    }

    private static IEnumerable<TestCaseData> StepMistakes()
    {
        yield return new("dma-raed: { at: 0 }", "6:9: unknown step 'dma-raed'. Did you mean 'dma-read'?") { TestName = "unknown step" };
        yield return new("{}", "6:9: a step has no name. ") { TestName = "step without name" };
        yield return new("dma-read", "6:9: a step must be a mapping. ") { TestName = "step no mapping" };
        yield return new("{ dma-read: { at: 0 }, wait: {} }", "6:32: unknown key 'wait'. ") { TestName = "two steps in one" };
        yield return new("dma-read: {}", "6:19: 'at' is missing. Add 'at:'.") { TestName = "missing key" };
        yield return new("dma-read: { at: 0, sise: 4 }", "6:28: unknown key 'sise'. Did you mean 'size'?") { TestName = "unknown key of a step" };
        yield return new("dma-read: { at: 0, size: 4kB }", "6:34: '4kB' is no address. ") { TestName = "bad unit of a step" };
        yield return new("dma-read: { at: 0, size: 8KiB }", "6:34: a transfer of 8192 bytes is not possible. ") { TestName = "transfer too long" };
        yield return new("dma-read: { at: 0, size: 0x100000004 }", "6:34: a transfer of 4294967300 bytes is not possible. ") { TestName = "transfer of more than 32 bits" };
        yield return new("dma-read: { at: 0, size: 6 }", "6:34: a transfer of 6 bytes is not possible. ") { TestName = "transfer of half a DW" };
        yield return new("dma-read: { at: 0, translations: 3 }", "6:42: 3 translations cannot be asked for. ") { TestName = "translations" };
        yield return new("dma-read: { at: 0, wait: maybe }", "6:34: 'maybe' is neither true nor false. ") { TestName = "flag" };
        yield return new("dma-read: { at: 0, ends: noaccess }", "6:34: 'noaccess' is not possible for 'ends'. Did you mean 'no-access'?") { TestName = "ends" };
        yield return new("dma-read: { at: [0] }", "6:25: 'at' must be a single value. ") { TestName = "list for a value" };
        yield return new("dma-read: { at: \"{x}\" }", "6:25: there is no variable 'x'. ") { TestName = "unknown variable" };
        yield return new("dma-read: { [at]: 0 }", "6:21: a key must be a single word. ") { TestName = "list for a key" };
        yield return new("map: { name: my-buffer, size: 4KiB }", "6:22: 'my-buffer' is no name. ") { TestName = "name that no address can use" };
        yield return new("repeat: { times: many, steps: [] }", "6:26: 'many' is no whole number. ") { TestName = "no number" };
        yield return new("repeat: { times: -1, steps: [] }", "6:26: -1 is not possible for 'times'. ") { TestName = "negative count" };
        yield return new("run: { cycles: -5 }", "6:24: -5 is not possible for 'cycles'. ") { TestName = "negative cycles" };
        yield return new("race: { at: 0, offset: -2147483648 }", "6:32: -2147483648 is not possible for 'offset'. Write a number from -100 to 100.") { TestName = "offset" };
        yield return new("grant: { size: 12KiB }", "6:24: 12288 is no block size. ") { TestName = "grant" };
        yield return new("mmio-read: { register: 2 }", "6:32: there is no register at 0x2. ") { TestName = "register" };
        yield return new("invalidate: { at: 0, policy: 8k }", "6:38: '8k' is not possible for 'policy'. Did you mean '4k'?") { TestName = "policy" };
        yield return new("write: { at: 0, size: 8GiB }", "6:31: a store of 8589934592 bytes is too long. ") { TestName = "store too long" };
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_in_a_file_is_told_with_its_place(string text, string message) =>
        Assert.That(() => ScenarioFile.Read("t.yaml", text), Throws.InstanceOf<InputException>().With.Message.StartsWith(message));

    [TestCaseSource(nameof(StepMistakes))]
    public void A_mistake_in_a_step_is_told_with_its_place(string step, string message) =>
        Assert.That(
            () => ScenarioFile.Read("t.yaml", $"{Head}    steps:\n      - {step}\n"),
            Throws.InstanceOf<InputException>().With.Message.StartsWith($"t.yaml:{message}"));

    [Test]
    public void A_list_a_range_and_labels_make_one_scenario_for_each_combination()
    {
        var names = Names("name: x-{size}-{n}-{page}", "{ size: [4, 4KiB], n: -1..1, page: { first: \"0\", last: 4KiB } }");
        Assert.That(names, Has.Count.EqualTo(12));
        Assert.That(names[0], Is.EqualTo("x-4--1-first"));
        Assert.That(names[^1], Is.EqualTo("x-4KiB-1-last"));
        Assert.That(names, Is.Unique);
    }

    [Test]
    public void A_single_value_is_a_list_of_one() => Assert.That(Names("name: x-{n}", "{ n: 7 }"), Is.EqualTo(new[] { "x-7" }));

    [Test]
    public void Labels_go_into_name_and_about_and_values_into_steps()
    {
        const string text = """
            version: 1
            scenarios:
              - name: x-{page}
                about: The {page} page.
                with: { size: [64KiB], page: { last: "{size} - 4KiB" } }
                steps:
                  - map: { name: buffer, size: "{size}" }
                  - dma-read: { at: "buffer + {page}" }
                  - dma-read: { at: "buffer + {page} + 4KiB", ends: no-access }
            """;
        var scenario = ScenarioFile.Read("t.yaml", text).Single();
        Assert.That(scenario.Name, Is.EqualTo("x-last"));
        Assert.That(scenario.About, Is.EqualTo("The last page."));
        var result = ScenarioBench.Run(text);
        Assert.That(result.Verdict, Is.EqualTo(Checking.Verdict.Passed), result.Note);
    }

    [Test]
    public void A_value_may_not_use_a_variable_below_it() =>
        Assert.That(
            () => Names("name: x-{a}-{b}", "{ a: [\"{b}\"], b: [1] }"),
            Throws.InstanceOf<InputException>().With.Message.Contains("there is no variable 'b'"));

    [Test]
    public void What_is_not_said_has_its_default()
    {
        var scenario = ScenarioFile.Read("t.yaml", $"{Head}    steps: []").Single();
        Assert.That(scenario.Processes, Is.EqualTo(new (string, Pcie.Pasid?, int)[] { ("main", new Pcie.Pasid(1), 0) }));
        Assert.That(scenario.MemoryBytes, Is.EqualTo(256UL << 20));
        Assert.That(scenario.Levels, Is.EqualTo(4));
        Assert.That(scenario.Rules, Is.Empty);
        Assert.That(scenario.Needs, Is.Empty);
    }

    private static List<string> Names(string name, string with) =>
        [.. ScenarioFile.Read("t.yaml", $"version: 1\nscenarios:\n  - {name}\n    about: b\n    with: {with}\n    steps: []").Select(scenario => scenario.Name)];
}
