using System.Buffers.Binary;
using System.Runtime.InteropServices;
using HilBench.Links;

namespace HilBench.LabVm;

/// <summary>QEMU's device edu through VFIO: registers, interrupts, DMA. Source: QEMU, docs/specs/edu.rst.</summary>
[TestFixture]
public sealed unsafe class VfioDeviceTests
{
    private const int Identification = 0x00;
    private const int Liveness = 0x04;
    private const int RaiseInterrupt = 0x60;
    private const int AcknowledgeInterrupt = 0x64;
    private const int DmaSource = 0x80;
    private const int DmaDestination = 0x88;
    private const int DmaCount = 0x90;
    private const int DmaCommand = 0x98;
    private const uint DeviceBuffer = 0x40000;
    private const uint ToDevice = 1;
    private const uint ToMemory = 3;

    private VfioDevice _edu = null!;

    private static Deadline Soon => Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5));

    [SetUp]
    public void Open()
    {
        var function = Directory.GetDirectories("/sys/bus/pci/devices").Single(folder =>
            File.ReadAllText($"{folder}/vendor").Trim() == "0x1234" && File.ReadAllText($"{folder}/device").Trim() == "0x11e8");
        _edu = VfioDevice.Open(new PcieAddress(Path.GetFileName(function), null));
        _edu.EnableBusMaster();
    }

    [TearDown]
    public void Close() => _edu.Dispose();

    [Test]
    public void Configuration_space_names_the_device()
    {
        var ids = new byte[4];

        _edu.ReadConfiguration(0, ids);

        Assert.That(ids, Is.EqualTo((byte[])[0x34, 0x12, 0xE8, 0x11]));
    }

    [Test]
    public void Registers_are_read_and_written()
    {
        Write(Liveness, 0x1234_5678);

        Assert.That((Read(Identification) & 0xFFFF, Read(Liveness)), Is.EqualTo((0x00EDu, ~0x1234_5678u)));
    }

    [Test]
    public void Interrupt_wakes_whoever_waits()
    {
        using var interrupt = _edu.EnableMsi();
        var before = interrupt.Wait(Deadline.Now);

        Write(RaiseInterrupt, 1);
        var after = interrupt.Wait(Soon);
        Write(AcknowledgeInterrupt, 1);

        Assert.That((before, after), Is.EqualTo((0L, 1L)));
    }

    [Test]
    public void Device_reads_and_writes_memory_through_the_IOMMU()
    {
        const ulong IoAddress = 0x10_0000;
        var memory = (byte*)NativeMemory.AlignedAlloc(8192, 4096);
        for (var i = 0; i < 8192; i++)
        {
            memory[i] = (byte)(i * 7);
        }

        try
        {
            _edu.MapDma(memory, 8192, IoAddress);
            Copy((uint)IoAddress, DeviceBuffer, ToDevice);
            Copy(DeviceBuffer, (uint)IoAddress + 4096, ToMemory);

            Assert.That(new Span<byte>(memory + 4096, 100).ToArray(), Is.EqualTo(new Span<byte>(memory, 100).ToArray()));
            _edu.UnmapDma(IoAddress, 8192);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private void Copy(uint from, uint to, uint command)
    {
        Write(DmaSource, from);
        Write(DmaDestination, to);
        Write(DmaCount, 100);
        Write(DmaCommand, command);
        AttachedBoard.Await(() => (Read(DmaCommand) & 1) == 0, "the DMA does not end");
    }

    private uint Read(int at)
    {
        Span<byte> bytes = stackalloc byte[4];
        _edu.ReadBar(0, at, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private void Write(int at, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _edu.WriteBar(0, at, bytes);
    }
}
