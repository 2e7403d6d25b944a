using System.Diagnostics;
using HilBench.Devices;
using HilBench.Pcie;

namespace HilBench.Native.Tests;

/// <summary>What a device does to its own process does not reach the bench.</summary>
[TestFixture]
public sealed class IsolatedDeviceTests
{
    [TestCase("ECHO_CRASHES=5000", "SIGSEGV")]
    [TestCase("ECHO_ABORTS=5000", "SIGABRT")]
    [TestCase("ECHO_EXITS=5000", "exited with code 7")]
    public void A_device_that_kills_its_process_is_lost_with_the_cycle_and_the_cause(string way, string cause)
    {
        using var device = IsolatedDevices.Open(DeviceCompiler.Echo(way));

        Assert.That(
            () => device.Run(100_000, 0),
            Throws.InstanceOf<DeviceLostException>().With.Message.Contains("device crashed: ").And.Message.Contains(cause).And.Message.Contains("at cycle 4096"));
        Assert.That(() => device.Run(200_000, 0), Throws.InstanceOf<DeviceLostException>());
    }

    [Test]
    public void A_device_that_never_comes_back_is_killed_after_the_patience()
    {
        using var device = IsolatedDevices.Open(DeviceCompiler.Echo("ECHO_LOOPS=9000"), patienceSeconds: 1);

        Assert.That(
            () => device.Run(100_000, 0),
            Throws.InstanceOf<DeviceLostException>().With.Message.Contains("no sign of life for 1 s").And.Message.Contains("at cycle 8192"));
    }

    [Test]
    public void A_slow_device_that_shows_signs_of_life_is_waited_for()
    {
        using var device = IsolatedDevices.Open(DeviceCompiler.Echo(), patienceSeconds: 1);

        device.Run(300_000_000, 0);

        Assert.That(device.Cycles, Is.EqualTo(300_000_000));
    }

    [Test]
    public void No_process_stays_when_devices_are_closed_or_lost()
    {
        using (var closed = IsolatedDevices.Open(DeviceCompiler.Echo()))
        using (var lost = IsolatedDevices.Open(DeviceCompiler.Echo("ECHO_LOOPS=1"), patienceSeconds: 0.2))
        {
            closed.Run(10, 0);
            Assert.That(() => lost.Run(10, 0), Throws.InstanceOf<DeviceLostException>());
        }

        Assert.That(Children(), Is.Empty);
    }

    [TestCase("ECHO_MISCOUNTS", "counts wrongly")]
    [TestCase("ECHO_STANDS_STILL ECHO_NO_EXCHANGE", "stands still")]
    [TestCase("ECHO_FORGES", "no TLP record")]
    public void A_broken_contract_is_told_as_in_the_bench_s_own_process(string ways, string what)
    {
        using var device = IsolatedDevices.Open(DeviceCompiler.Echo(ways.Split(' ')));
        SendConfigurationRead(device, 1);

        Assert.That(() => device.Run(100, 0), Throws.InstanceOf<DeviceException>().With.Message.Contains(what));
    }

    [Test]
    public void A_record_longer_than_any_TLP_is_refused_in_the_bench_s_own_process_too()
    {
        using var device = NativeDevice.Open(DeviceCompiler.Echo("ECHO_FORGES"));
        SendConfigurationRead(device, 1);

        Assert.That(() => device.Run(100, 0), Throws.InstanceOf<DeviceException>().With.Message.Contains("no TLP record"));
    }

    [TestCase("ECHO_REFUSES", "no such option: speed=3")]
    [TestCase("ECHO_ABI=7", "version 7 of the device ABI")]
    [TestCase("ECHO_NO_SEND", "has no function hil_send")]
    public void A_library_that_does_not_open_says_why(string way, string why) => Assert.That(
        () => IsolatedDevices.Open(DeviceCompiler.Echo(way), "speed=3"),
        Throws.InstanceOf<DeviceOpenException>().With.Message.Contains(why));

    [Test]
    public void More_TLPs_than_the_shared_buffers_hold_go_both_ways()
    {
        using var device = IsolatedDevices.Open(DeviceCompiler.Echo());
        const int count = 60_000;
        for (var i = 0; i < count; i++)
        {
            SendConfigurationRead(device, (byte)i);
        }

        device.Run(10_000_000, ulong.MaxValue);

        for (var i = 0; i < count; i++)
        {
            Assert.That(device.TryReceive(out var tlp, out _), Is.True);
            Assert.That(tlp[10], Is.EqualTo((byte)i));
        }
    }

    [Test]
    public void The_same_traffic_gives_the_same_TLPs_in_the_same_cycles_in_a_process_of_its_own()
    {
        var library = Path.Combine(DeviceCompiler.Root, "out", "hdl", "libhilbench_rtl.so");
        if (!File.Exists(library))
        {
            Assert.Ignore($"the Verilated reference device is not built: {library} is not there");
        }

        using var here = NativeDevice.Open(library);
        using var there = IsolatedDevices.Open(library);

        Assert.That(Answers(there), Is.EqualTo(Answers(here)));
    }

    private static List<string> Answers(IDevice device)
    {
        var answers = new List<string>();
        for (var i = 0U; i < 400; i++)
        {
            SendConfigurationRead(device, (byte)i, device.Cycles + (i * 7 % 50));
            device.Run(device.Cycles + 20 + (i * 131 % 9000), i % 3 * 40);
            while (device.TryReceive(out var tlp, out var cycle))
            {
                answers.Add($"{cycle} {Convert.ToHexString(tlp)}");
            }

            answers.Add($"{device.Cycles}");
        }

        return answers;
    }

    private static void SendConfigurationRead(IDevice device, byte tag, ulong notBefore = 0)
    {
        Span<byte> tlp = stackalloc byte[12];
        TlpWriter.WriteConfigurationRead(tlp, new(new(0), tag, new(0x0100), 0));
        device.Send(tlp, notBefore);
    }

    private static IEnumerable<string> Children()
    {
        using var list = Process.Start(new ProcessStartInfo("ps", ["-o", "args=", "--ppid", $"{Environment.ProcessId}"]) { RedirectStandardOutput = true })!;
        var lines = list.StandardOutput.ReadToEnd().Split('\n');
        list.WaitForExit();
        return lines.Where(line => line.Contains("DeviceHost", StringComparison.Ordinal));
    }
}
