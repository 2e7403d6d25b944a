using HilBench.Journal;
using HilBench.Links;
using HilBench.Pcie;

namespace HilBench.Devices.Tests;

/// <summary>Board control around a device that is used at the same time.</summary>
public sealed class BoardControlInARunTests
{
    private static readonly BoardSimSettings _powered = new() { StartsPowered = true };

    [Test]
    public void Device_without_power_is_refused_with_the_reason()
    {
        var bench = new LinkedBench(control: _powered);
        using var device = bench.OpenDevice();
        device.Control.SetPower(isOn: false);

        Assert.That(() => Ask(device), Throws.TypeOf<BenchException>()
            .With.Property("Layer").EqualTo(BenchLayer.Board).And.Message.Contains("refuses RUN in its present state: the device has no power"));
    }

    [Test]
    public void Device_works_again_after_a_power_cycle()
    {
        var bench = new LinkedBench(control: _powered);
        using var device = bench.OpenDevice();
        Ask(device);
        device.Control.SetPower(isOn: false);
        device.Control.SetPower(isOn: true);
        device.Control.SetReferenceClock(isOn: true);
        device.Control.SetPerst(isReleased: true);
        device.Reset(ResetKind.Fundamental);

        Assert.That(Ask(device), Is.EqualTo(1));
    }

    [Test]
    public void Rail_that_leaves_its_window_ends_the_run_with_the_rail_named()
    {
        var bench = new LinkedBench(control: _powered);
        using var device = bench.OpenDevice();
        Ask(device);
        bench.Board.Control!.Measured[2] = 3_500;

        Assert.That(() => Ask(device), Throws.TypeOf<BenchException>()
            .With.Property("Layer").EqualTo(BenchLayer.Board).And.Message.Contains("the rails are off (3V3 is at 3500 mV)"));
    }

    [Test]
    public void Device_that_is_pulled_out_ends_the_run()
    {
        var bench = new LinkedBench(control: _powered);
        using var device = bench.OpenDevice();
        Ask(device);
        bench.Board.Control!.IsDevicePresent = false;

        Assert.That(() => Ask(device), Throws.TypeOf<BenchException>().With.Message.Contains("not plugged in any more"));
    }

    [Test]
    public void Measured_values_come_during_a_run_and_no_TLP_is_lost_to_them()
    {
        var bench = new LinkedBench(control: _powered);
        using var device = bench.OpenDevice();
        var measured = 0;
        device.Control.Listener = message => measured += message is TelemetryMessage ? 1 : 0;
        device.Control.MeasureEvery(TimeSpan.FromMilliseconds(1));

        var answers = 0;
        for (var i = 0; i < 50; i++)
        {
            answers += Ask(device);
            bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.That((answers, measured >= 49), Is.EqualTo((50, true)), $"{measured} messages");
    }

    [Test]
    public void Values_are_measured_between_two_runs([Values(0, 10)] int alteredPerMille)
    {
        var bench = new LinkedBench(new() { AlteredPerMille = alteredPerMille }, control: _powered);
        using var device = bench.OpenDevice();
        Ask(device);

        var measured = device.Control.Measure();

        Assert.That(measured.Values, Has.Count.EqualTo(4));
        Assert.That(Ask(device), Is.EqualTo(1));
    }

    /// <summary>Answers to one configuration read.</summary>
    private static int Ask(LinkDevice device)
    {
        Span<byte> tlp = stackalloc byte[12];
        TlpWriter.WriteConfigurationRead(tlp, new(new(0), 1, new(0x0100), 0));
        device.Send(tlp, 0);
        device.Run(device.Cycles + 1000, 1000);
        var answers = 0;
        while (device.TryReceive(out _, out _))
        {
            answers++;
        }

        return answers;
    }
}
