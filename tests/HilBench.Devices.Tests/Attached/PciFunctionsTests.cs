using System.Buffers.Binary;

namespace HilBench.Devices.Tests.Attached;

/// <summary>PCIe functions, read from a copy of the kernel's files.</summary>
public sealed class PciFunctionsTests
{
    private string _sys = "";

    [SetUp]
    public void MakeFolder() => _sys = Directory.CreateTempSubdirectory("hilbench-pci-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_sys, recursive: true);

    [Test]
    public void Function_with_the_three_capabilities_of_ATS_is_seen_with_its_driver()
    {
        var config = Config(0x4154_1234, 4096);
        Write(config, 0x100, 0x1101_000F); // ATS, next at 0x110
        Write(config, 0x110, 0x1201_001B); // PASID
        Write(config, 0x120, 0x0001_0013); // Page Request
        Add("0000:01:00.0", config, "vfio-pci");

        var function = new PciFunctions(_sys).List().Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((function.Address, function.VendorId, function.DeviceId, function.Driver), Is.EqualTo(("0000:01:00.0", (ushort)0x1234, (ushort)0x4154, "vfio-pci")));
            Assert.That((function.HasAts, function.HasPasid, function.HasPageRequest), Is.EqualTo(((bool?)true, (bool?)true, (bool?)true)));
            Assert.That((function.IsReference, function.ClassCode), Is.EqualTo((true, 0x120000u)));
        }
    }

    [Test]
    public void Function_without_extended_capabilities_has_no_ATS()
    {
        Add("0000:00:01.0", Config(0x7000_8086, 256), driver: null);

        var function = new PciFunctions(_sys).List().Single();

        Assert.That((function.HasAts, function.Driver, function.IsReference), Is.EqualTo(((bool?)false, "", false)));
    }

    [Test]
    public void Without_privileges_nobody_knows_whether_there_is_ATS()
    {
        Add("0000:01:00.0", Config(0x4154_1234, 64), driver: null);

        Assert.That(new PciFunctions(_sys).List().Single().HasAts, Is.Null);
    }

    [Test]
    public void Capability_list_that_runs_in_a_circle_ends()
    {
        var config = Config(0x4154_1234, 4096);
        Write(config, 0x100, 0x1001_0001);
        Add("0000:01:00.0", config, driver: null);

        Assert.That(new PciFunctions(_sys).List().Single().HasAts, Is.False);
    }

    [Test]
    public void Machine_without_PCIe_has_no_functions() => Assert.That(new PciFunctions("/no/such/sys").List(), Is.Empty);

    private static byte[] Config(uint id, int bytes)
    {
        var config = new byte[bytes];
        Write(config, 0, id);
        Write(config, 8, 0x120000_01);
        return config;
    }

    private static void Write(byte[] config, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(offset), value);

    private void Add(string address, byte[] config, string? driver)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_sys, "bus", "pci", "devices", address)).FullName;
        File.WriteAllBytes(Path.Combine(folder, "config"), config);
        if (driver is not null)
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, "driver"), $"../../drivers/{driver}");
        }
    }
}
