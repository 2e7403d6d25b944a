using HilBench.Devices;
using HilBench.Pcie;

namespace HilBench.Native.Tests;

[TestFixture]
public sealed class NativeDeviceTests
{
    private static readonly string[] _bothWays = ["", "ECHO_NO_EXCHANGE"];

    [Test]
    public void The_description_is_what_the_library_says()
    {
        using var device = NativeDevice.Open(DeviceCompiler.Echo());

        using (Assert.EnterMultipleScope())
        {
            Assert.That((device.Description.Name, device.Description.Version), Is.EqualTo(("echo", "1.2")));
            Assert.That(device.Description.ClockHz, Is.EqualTo(100_000_000));
            Assert.That(device.Description.Faults, Is.EqualTo(["E1"]));
        }
    }

    [Test]
    public void Two_devices_of_one_library_and_one_of_another_live_side_by_side()
    {
        using var first = NativeDevice.Open(DeviceCompiler.Echo());
        using var second = NativeDevice.Open(DeviceCompiler.Echo());
        using var third = NativeDevice.Open(DeviceCompiler.Echo("ECHO_NO_EXCHANGE"));

        first.Run(10, 0);
        third.Run(30, 0);

        Assert.That((first.Cycles, second.Cycles, third.Cycles), Is.EqualTo((10UL, 0UL, 30UL)));
    }

    [TestCaseSource(nameof(_bothWays))]
    public void A_TLP_that_the_library_refuses_is_counted_and_those_behind_it_are_offered(string way)
    {
        using var device = Open(way);
        device.Send([1, 2, 3, 4], 0);
        Span<byte> tlp = stackalloc byte[12];
        TlpWriter.WriteConfigurationRead(tlp, new(new(0), 3, new(0x0100), 0));
        device.Send(tlp, 0);

        device.Run(1000, 0);
        var isThere = device.TryReceive(out var answer, out _);
        var tag = answer[10];

        Assert.That((device.RefusedTlps, isThere, tag), Is.EqualTo((1UL, true, (byte)3)));
    }

    [TestCaseSource(nameof(_bothWays))]
    public void More_TLPs_than_a_buffer_holds_come_out_in_one_run(string way)
    {
        using var device = Open(way);
        Span<byte> tlp = stackalloc byte[12];
        const int count = 10_000;
        for (var i = 0; i < count; i++)
        {
            TlpWriter.WriteConfigurationRead(tlp, new(new(0), (byte)i, new(0x0100), 0));
            device.Send(tlp, 0);
        }

        device.Run(200_000, 200_000);
        var received = 0;
        while (device.TryReceive(out var answer, out var cycle))
        {
            Assert.That((answer[10], cycle), Is.EqualTo(((byte)received, 8UL * (ulong)(received + 1))));
            received++;
        }

        Assert.That((received, device.Cycles), Is.EqualTo((count, 200_000UL)));
    }

    [Test]
    public void Points_of_coverage_are_those_of_the_library_and_none_without()
    {
        using var counting = NativeDevice.Open(DeviceCompiler.Echo("ECHO_COVERS=7"));
        using var silent = NativeDevice.Open(DeviceCompiler.Echo());
        counting.Run(5, 0);

        Assert.That((counting.CoveredPoints, silent.CoveredPoints), Is.EqualTo((12UL, 0UL)));
    }

    [Test]
    public void A_closed_device_is_not_called_any_more()
    {
        var device = NativeDevice.Open(DeviceCompiler.Echo());
        device.Dispose();
        device.Dispose();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => device.Run(10, 0), Throws.InstanceOf<ObjectDisposedException>());
            Assert.That(() => device.Reset(ResetKind.Hot), Throws.InstanceOf<ObjectDisposedException>());
        }
    }

    [Test]
    public void A_file_that_is_not_there_is_named()
    {
        Assert.That(
            () => NativeDevice.Open("/nowhere/libdevice.so"),
            Throws.InstanceOf<DeviceOpenException>()
                .With.Message.StartsWith("there is no file /nowhere/libdevice.so."));
    }

    [Test]
    public void A_file_that_is_no_shared_library_is_refused_with_the_loaders_words()
    {
        var text = Path.Combine(DeviceCompiler.Root, "HilBench.sln");

        Assert.That(
            () => NativeDevice.Open(text),
            Throws.InstanceOf<DeviceOpenException>()
                .With.Message.Contains($"{text} cannot be loaded as a shared library: {text}: "));
    }

    [Test]
    public void A_missing_function_is_named()
    {
        var library = DeviceCompiler.Echo("ECHO_NO_SEND");

        Assert.That(
            () => NativeDevice.Open(library),
            Throws.InstanceOf<DeviceOpenException>().With.Message.StartsWith($"{library} has no function hil_send."));
    }

    [Test]
    public void Another_ABI_version_is_refused_with_both_versions()
    {
        var library = DeviceCompiler.Echo("ECHO_ABI=2");

        Assert.That(
            () => NativeDevice.Open(library),
            Throws.InstanceOf<DeviceOpenException>().With.Message.StartsWith(
                $"{library} implements version 2 of the device ABI, this bench version 1."));
    }

    [Test]
    public void The_reason_of_hil_open_reaches_the_user()
    {
        var library = DeviceCompiler.Echo("ECHO_REFUSES");

        Assert.That(
            () => NativeDevice.Open(library, "colour=red"),
            Throws.InstanceOf<DeviceOpenException>().With.Message.Contains(
                "did not open with options \"colour=red\": no such option: colour=red"));
    }

    [Test]
    public void A_refusal_without_a_reason_says_so()
    {
        Assert.That(
            () => NativeDevice.Open(DeviceCompiler.Echo("ECHO_SILENT")),
            Throws.InstanceOf<DeviceOpenException>().With.Message.Contains("hil_open gave no reason"));
    }

    [TestCase("\"not JSON\"")]
    [TestCase("\"{}\"")]
    [TestCase("\"{\\\"name\\\":\\\"x\\\",\\\"version\\\":\\\"1\\\",\\\"faults\\\":3}\"")]
    [TestCase("0")]
    public void A_device_that_does_not_describe_itself_is_refused(string description)
    {
        Assert.That(
            () => NativeDevice.Open(DeviceCompiler.Echo($"ECHO_DESCRIBES={description}")),
            Throws.InstanceOf<DeviceOpenException>().With.Message.Contains("does not describe itself"));
    }

    [Test]
    public void A_device_that_stands_still_is_given_up()
    {
        using var device = NativeDevice.Open(DeviceCompiler.Echo("ECHO_NO_EXCHANGE", "ECHO_STANDS_STILL"));

        Assert.That(
            () => device.Run(100, 0),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("stands still at cycle 0"));
    }

    [Test]
    public void A_TLP_that_fits_into_no_buffer_is_not_taken()
    {
        using var device = NativeDevice.Open(DeviceCompiler.Echo("ECHO_NO_EXCHANGE", "ECHO_TOO_LONG"));
        Span<byte> tlp = stackalloc byte[12];
        TlpWriter.WriteConfigurationRead(tlp, new(new(0), 3, new(0x0100), 0));
        device.Send(tlp, 0);

        Assert.That(
            () => device.Run(100, 0),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("does not fit into 4116 bytes"));
    }

    [Test]
    public void Counts_that_cannot_be_right_end_the_work_with_the_device()
    {
        using var device = NativeDevice.Open(DeviceCompiler.Echo("ECHO_MISCOUNTS"));

        Assert.That(
            () => device.Run(100, 0),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("written beyond its buffers or counts wrongly"));
    }

    private static NativeDevice Open(string way) =>
        NativeDevice.Open(way.Length == 0 ? DeviceCompiler.Echo() : DeviceCompiler.Echo(way));
}
