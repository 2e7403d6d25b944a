using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios.Tests.Replay;

/// <summary>A failure in a file: written, read, repeated, damaged.</summary>
public sealed class ReplayFileTests
{
    private const string Program = """
        name: test/stale
        about: A page goes away under the device.
        tolerant: true
        processes:
          p0: {pasid: 5}
        steps:
        - map: {name: m0, at: 0x40000000, size: 0x4000, process: p0}
        - dma-read: {at: m0 + 0x1000, process: p0}
        - timing: {jitter: 9}
        - together:
            device-cycles: 8
            branches:
            - steps:
              - munmap: {at: m0 + 0x1000, process: p0}
              - touch: {at: m0, process: p0}
            - steps:
              - dma-read: {at: m0 + 0x1000, times: 20, process: p0, wait: false, ends: either}
              - dma-read: {at: m0 + 0x1000, times: 20, process: p0, wait: false, ends: either}
        - dma-read: {at: m0 + 0x1000, times: 20, process: p0, ends: either}
        """;

    private static readonly DeviceLocations _locations = new("nowhere");

    [Test]
    public void What_is_written_is_read_again()
    {
        var text = Write("model:?fault=M01").ToText();

        var file = ReplayFile.Read("replay.yaml", text);

        Assert.That(file.ToText(), Is.EqualTo(text));
        Assert.That((file.Kind, file.Device, file.Policy, file.Name), Is.EqualTo((ReplayKind.Program, "model:?fault=M01", "4k", "test/stale")));
        Assert.That(file.Choices.Turns, Is.Not.Empty);
    }

    [Test]
    public void A_replay_shows_the_same_rule_in_the_same_cycle_whatever_the_seed_is()
    {
        var file = ReplayFile.Read("replay.yaml", Write("model:?fault=M01", limits: null).ToText());

        var result = Replay(file with { Seed = file.Seed + 1 });

        Assert.That((result.IsExact, result.Difference), Is.EqualTo((true, (string?)null)));
        Assert.That(result.Result.Violations[0].Rule.Id, Is.EqualTo(file.Expected.Rule));
    }

    [Test]
    public void A_device_that_was_mended_does_not_show_it_again()
    {
        var result = Replay(Write("model:?fault=M01"), "model:");

        Assert.That((result.IsReproduced, result.IsExact), Is.EqualTo((false, false)));
        Assert.That(result.Difference, Does.StartWith("no rule was broken"));
    }

    [Test]
    public void Another_rule_is_not_the_same_failure()
    {
        var file = Write("model:?fault=M01");

        var result = Replay(file with { Expected = file.Expected with { Rule = "ATS-ICP-001" } });

        Assert.That(result.IsReproduced, Is.False);
        Assert.That(result.Difference, Does.Contain("instead of ATS-ICP-001"));
    }

    [Test]
    public void A_scenario_of_a_suite_stands_in_the_file_with_its_variables_put_in()
    {
        var options = new RunOptions { Device = "model:?fault=M11", Suite = "smoke" };
        var runner = new SuiteRunner(_locations, TimeProvider.System);
        var failed = runner.Run(options, new NoProgress(), CancellationToken.None).Scenarios.First(scenario => scenario.Verdict == Verdict.Failed);

        var file = ReplayFile.Read("replay.yaml", runner.WriteDown(options, failed, new ShrinkLimits(100, 2), CancellationToken.None)!);

        Assert.That((file.Kind, file.Name), Is.EqualTo((ReplayKind.Scenario, failed.Name)));
        Assert.That(file.ToText(), Does.Not.Contain("with:"));
        Assert.That(Replay(file).IsExact, Is.True);
    }

    [TestCase("schema: hilbench.replay/1", "schema: hilbench.replay/9", 1, 9)]
    [TestCase("profile: linux-6.1", "profile: linux-6.l", 4, 10)]
    [TestCase("policy: 4k", "policy: 5k", 5, 9)]
    [TestCase("seed: 1\n", "seed: one\n", 6, 7)]
    [TestCase("  verdict: failed", "  verdict: passed", 8, 12)]
    [TestCase("  turns: ", "  turns: ?", 13, 10)]
    [TestCase("choices:", "choises:", 12, 1)]
    public void A_damaged_file_is_an_error_with_its_place(string whole, string damaged, int line, int column)
    {
        var text = Write("model:?fault=M01", limits: null).ToText();
        Assert.That(text, Does.Contain(whole), "the test damages what is there");

        var error = Assert.Throws<InputException>(() => ReplayFile.Read("replay.yaml", text.Replace(whole, damaged, StringComparison.Ordinal)));

        Assert.That(error!.Message, Does.StartWith($"replay.yaml:{line}:{column}:"), error.Message);
    }

    [Test]
    public void A_file_that_was_cut_is_an_error_and_never_another_program()
    {
        var text = Write("model:?fault=M01", limits: null).ToText();
        for (var length = 0; length < text.IndexOf("scenario:", StringComparison.Ordinal); length += 7)
        {
            Assert.That(() => ReplayFile.Read("replay.yaml", text[..length]), Throws.TypeOf<InputException>(), $"cut at {length}");
        }
    }

    private static ReplayFile Write(string device, ShrinkLimits? limits = null)
    {
        var node = (YamlDotNet.RepresentationModel.YamlMappingNode)Parse(Program);
        var written = new FailureWriter(device, new BenchOptions(), _locations, TimeProvider.System)
            .Write(ReplayKind.Program, node, limits, (_, _) => { }, CancellationToken.None);
        return written!.Value.File;
    }

    private static YamlDotNet.RepresentationModel.YamlNode Parse(string text)
    {
        var stream = new YamlDotNet.RepresentationModel.YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents[0].RootNode;
    }

    private static ReplayResult Replay(ReplayFile file, string? device = null) =>
        new Replayer(_locations, TimeProvider.System).Run(file, device, wave: null, TestContext.CurrentContext.CancellationToken);

    private sealed class NoProgress : IRunProgress
    {
        public void ScenarioStarted(string name, int index, int total)
        {
        }

        public void ScenarioFinished(ScenarioResult result)
        {
        }
    }
}
