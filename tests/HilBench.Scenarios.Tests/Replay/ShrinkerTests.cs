using HilBench.Devices;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios.Tests.Replay;

/// <summary>Failures are made small, the same way each time, and stay the same failures.</summary>
public sealed class ShrinkerTests
{
    /// <summary>The device that completes invalidations and does nothing: three steps show it, the others are in the way.</summary>
    private const string Long = """
        name: test/long
        about: Much that does not matter.
        tolerant: true
        processes:
          p0: {pasid: 5}
          p1: {pasid: 6}
        steps:
        - map: {name: other, size: 0x10000, process: p1}
        - dma-read: {at: other, process: p1}
        - map: {name: m0, at: 0x40000000, size: 0x8000, process: p0}
        - timing: {latency: 3, jitter: 2}
        - dma-write: {at: m0 + 0x2000, times: 8, stride: 0x1000, size: 512, process: p0, ends: either}
        - touch: {at: other, process: p1}
        - together:
            device-cycles: 4
            branches:
            - steps:
              - munmap: {at: m0 + 0x3000, size: 0x2000, process: p0}
              - touch: {at: m0, process: p0}
            - steps:
              - dma-read: {at: other, times: 4, process: p1, ends: either}
        - dma-read: {at: m0 + 0x3000, times: 6, size: 256, process: p0, ends: either}
        - touch: {at: other, process: p1}
        """;

    [Test]
    public void Only_what_the_failure_needs_is_left()
    {
        var file = Shrink();

        Assert.That(file.Steps, Is.EqualTo(4), file.ToText());
        Assert.That(file.ToText(), Does.Not.Contain("p1").And.Not.Contain("together").And.Not.Contain("touch"));
        Assert.That(file.Choices.Turns, Is.Empty);
    }

    [Test]
    public void The_same_failure_gives_the_same_file()
    {
        var first = Shrink().ToText();

        Assert.That(Shrink().ToText(), Is.EqualTo(first));
    }

    [Test]
    public void The_small_program_breaks_the_rule_that_the_long_one_broke()
    {
        var whole = Write(limits: null);

        Assert.That(Shrink().Expected.Rule, Is.EqualTo(whole.Expected.Rule));
    }

    [Test]
    public void It_does_not_run_more_often_than_it_may()
    {
        var runs = 0;
        var writer = new FailureWriter("model:?fault=M01", new BenchOptions(), new DeviceLocations("nowhere"), TimeProvider.System);

        writer.Write(ReplayKind.Program, Node(), new ShrinkLimits(20, 2), (count, _) => runs = Math.Max(runs, count), CancellationToken.None);

        Assert.That(runs, Is.InRange(1, 23));
    }

    [Test]
    public void A_program_that_does_not_fail_cannot_be_written_down() => Assert.That(
        new FailureWriter("model:", new BenchOptions(), new DeviceLocations("nowhere"), TimeProvider.System)
            .Write(ReplayKind.Program, Node(), null, (_, _) => { }, CancellationToken.None),
        Is.Null);

    private static ReplayFile Shrink() => Write(new ShrinkLimits());

    private static ReplayFile Write(ShrinkLimits? limits) =>
        new FailureWriter("model:?fault=M01", new BenchOptions(), new DeviceLocations("nowhere"), TimeProvider.System)
            .Write(ReplayKind.Program, Node(), limits, (_, _) => { }, CancellationToken.None)!.Value.File;

    private static YamlMappingNode Node()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Long));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }
}
