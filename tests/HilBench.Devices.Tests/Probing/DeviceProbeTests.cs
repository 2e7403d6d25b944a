using HilBench.Journal;
using HilBench.Pcie;

namespace HilBench.Devices.Tests.Probing;

/// <summary>The smallest host there is, against the reference device (docs/exerciser.md).</summary>
public sealed class DeviceProbeTests
{
    private const ulong Bar = 0xE000_0000;

    [Test]
    public void Configuration_registers_of_both_functions_are_read_and_those_of_a_third_are_refused()
    {
        using var device = new ModelDevice();
        var probe = new DeviceProbe(device);

        var ids = Enumerable.Range(0, 3).Select(function => probe.ReadConfiguration(ConfigurationRegister.VendorDevice, function));

        Assert.That(ids, Is.EqualTo((uint?[])[0x4154_1234, 0x4154_1234, null]));
    }

    [Test]
    public void Register_is_written_by_bytes()
    {
        using var device = new ModelDevice();
        var probe = new DeviceProbe(device);

        probe.WriteConfiguration(ConfigurationRegister.CommandStatus, 0xFFFF_FFFF, byteEnable: 1);

        Assert.That(probe.ReadConfiguration(ConfigurationRegister.CommandStatus) & 0xFFFF, Is.EqualTo(6), "Memory Space and Bus Master");
    }

    [Test]
    public void Exerciser_answers_at_the_BAR_and_nowhere_else()
    {
        using var device = new ModelDevice();
        var probe = Enabled(device);
        var id = new uint[1];

        Assert.That((probe.ReadMemory(Bar, id), id[0]), Is.EqualTo((true, ExerciserSlot.Id)));
        Assert.That(probe.ReadMemory(Bar + 0x10_0000, id), Is.False);
    }

    [Test]
    public void Operation_of_the_exerciser_writes_what_the_next_one_reads()
    {
        using var device = new ModelDevice();
        var probe = Enabled(device);
        var heard = new List<string>();
        var host = new IdentityHost(probe);
        probe.Listener = (tlp, _) =>
        {
            heard.Add(TlpText.Line(tlp).Split(' ')[0]);
            host.Answer(tlp);
        };

        var written = Run(probe, slot: 0, command: 2, seed: 0x1000);
        var read = Run(probe, slot: 1, command: 1, seed: 0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((written.IsDone, written.Error, written.LengthDw), Is.EqualTo((true, 0, 64)));
            Assert.That((read.IsDone, read.Error, read.Data), Is.EqualTo((true, 0, 0x0000_1001_0000_1000UL)));
            // DWs 0x1000 to 0x103F.
            Assert.That(read.Digest, Is.EqualTo((0x1000u * 64) + (63 * 64 / 2)));
            Assert.That(heard[0], Does.StartWith("MRd"), "the Translation Request");
        }
    }

    [Test]
    public void Device_that_does_not_answer_is_told_with_what_was_asked()
    {
        using var device = new ModelDevice();
        var probe = new DeviceProbe(device, deadlineCycles: 1);

        Assert.That(() => probe.ReadConfiguration(0), Throws.TypeOf<BenchException>()
            .With.Message.Contains("CfgRd0 of register 0x000 has no answer after 1 cycles").And.Property("Layer").EqualTo(BenchLayer.Device));
    }

    private static DeviceProbe Enabled(ModelDevice device)
    {
        var probe = new DeviceProbe(device);
        probe.WriteConfiguration(ConfigurationRegister.Bar0, (uint)Bar);
        probe.WriteConfiguration(ConfigurationRegister.CommandStatus, 6, byteEnable: 3);
        probe.WriteConfiguration(0x100 + AtsCapability.CapabilityControl, AtsCapability.Enable, byteEnable: 0xC);
        return probe;
    }

    private static ExerciserSlot Run(DeviceProbe probe, int slot, uint command, uint seed)
    {
        probe.WriteMemory(Bar + (ulong)ExerciserSlot.OffsetOf(slot), ExerciserSlot.Start(0x7F00_0000_0000, 256, pasid: null, seed, command));
        probe.Run(5000);
        Assert.That(ExerciserSlot.TryRead(probe, Bar, slot, out var state), Is.True);
        return state;
    }
}
