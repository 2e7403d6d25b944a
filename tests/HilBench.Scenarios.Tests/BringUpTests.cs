using HilBench.Devices;
using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Scenarios.Tests;

/// <summary>Finding and enabling a function, and what a person is told when that fails.</summary>
public sealed class BringUpTests
{
    [Test]
    public void The_reference_model_is_found_with_its_capabilities_and_enabled()
    {
        using var device = new ModelDevice();
        var bench = new Bench(device, new BenchOptions());

        // docs/exerciser.md, "Configuration space".
        Assert.That(bench.Layout.Function, Is.EqualTo(RequesterId.From(1, 0, 0)));
        Assert.That(bench.Layout.AtsOffset, Is.EqualTo(0x100));
        Assert.That(bench.Layout.PasidOffset, Is.EqualTo(0x110));
        Assert.That(bench.Layout.InvalidateQueueDepth, Is.EqualTo(16));
        Assert.That(bench.Layout.IsPageAligned, Is.True);
        Assert.That(bench.Layout.HasGlobalInvalidate, Is.True);
        Assert.That(bench.Layout.MaxPasidWidth, Is.EqualTo(20));
        Assert.That(bench.Requests.Read(ConfigurationRegister.CommandStatus) & 6, Is.EqualTo(6));
        Assert.That(bench.Requests.Read(0x104) & AtsCapability.Enable, Is.Not.Zero);
        Assert.That(bench.Requests.Read(0x114) & PasidCapability.Enable, Is.Not.Zero);
        Assert.That(bench.Requests.ReadRegister(BringUp.Bar0), Is.EqualTo(HilExerciser.IdValue));
    }

    [Test]
    public void A_second_bench_on_the_same_device_begins_anew()
    {
        using var device = new ModelDevice();
        var first = new Bench(device, new BenchOptions());
        first.RunCycles(1000);
        var second = new Bench(device, new BenchOptions());
        Assert.That(second.Wire.Now, Is.LessThan(first.Wire.Now));
        Assert.That(second.Checker.Violations, Is.Empty);
    }

    [Test]
    public void A_device_that_answers_nothing()
    {
        using var device = new RecordingDevice();
        ExpectFailure(
            device,
            "Device: CfgRd0 of register 0x000 has no answer after 100000 cycles. The device is in reset, hangs, or does not take "
            + "configuration requests; look at its receive path first.");
    }

    [TestCase(0u)]
    [TestCase(uint.MaxValue)]
    public void Nobody_at_the_slot(uint vendor)
    {
        using var device = new AlteredDevice { Configuration = (register, value) => register == 0 ? vendor : value };
        ExpectFailure(device, "Device: no function at 01:00.0. Its Vendor ID reads all zeros or all ones.");
    }

    [Test]
    public void A_function_without_ats()
    {
        using var device = new AlteredDevice { Configuration = (register, value) => register == 0x100 ? (value & 0xFFFF0000) | 0x0018 : value };
        ExpectFailure(device, "Device: function 01:00.0 has no ATS capability (0x000F). A device without ATS cannot be validated here.");
    }

    [TestCase(0x100u, "Circular")]
    [TestCase(0x044u, "BadPointer")]
    [TestCase(0x106u, "BadPointer")]
    public void A_list_of_capabilities_that_is_broken(uint next, string outcome)
    {
        using var device = new AlteredDevice { Configuration = (register, value) => register == 0x100 ? 0x0001_0018 | next << 20 : value };
        ExpectFailure(
            device,
            $"Device: the list of extended capabilities is broken at 0x{next:x3} ({outcome}). Each Next pointer must be 0 or a multiple "
            + "of 4 from 0x100 on, without a loop.");
    }

    [Test]
    public void A_device_with_other_registers()
    {
        using var device = new AlteredDevice { Register = _ => 0x12345678 };
        ExpectFailure(
            device,
            "Device: BAR0 reads 0x12345678 where the exerciser has 0x4248494c. Give the device the registers of docs/exerciser.md, or "
            + "write an IExerciser for its own.");
    }

    [Test]
    public void A_device_that_falls_silent_on_the_first_memory_read()
    {
        using var device = new AlteredDevice { Silences = (kind, _) => kind == TlpKind.MemoryRead };
        Assert.That(
            () => new Bench(device, new BenchOptions()),
            Throws.InstanceOf<BenchException>().With.Message.StartsWith("Device: MRd of register 0xe0000000 has no answer after 100000 cycles."));
    }

    private static void ExpectFailure(IDevice device, string message) =>
        Assert.That(() => new Bench(device, new BenchOptions()), Throws.InstanceOf<BenchException>().With.Message.EqualTo(message));
}
