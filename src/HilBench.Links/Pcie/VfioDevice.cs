using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using HilBench.Journal;
using HilBench.Links.Mailbox;
using HilBench.Links.Native;

namespace HilBench.Links;

/// <summary>
/// A PCI function in the hands of this process, by VFIO: its BARs, its configuration space, its interrupts, and memory that
/// it may reach through the IOMMU. Source: Linux, Documentation/driver-api/vfio.rst.
/// </summary>
public sealed unsafe class VfioDevice : IDisposable
{
    private const int CommandRegister = 4;
    private const ushort MemorySpace = 1 << 1;
    private const ushort BusMaster = 1 << 2;

    private readonly string _name;
    private DescriptorHandle? _container;
    private DescriptorHandle? _group;
    private DescriptorHandle? _device;
    private long _configuration;

    private VfioDevice(string name) => _name = name;

    /// <summary>Takes a function that is bound to vfio-pci.</summary>
    /// <exception cref="BenchException">
    /// Cable: no such function. Host: no IOMMU, no VFIO, or another driver. Permission: no right to its group, or another
    /// program has it.
    /// </exception>
    public static VfioDevice Open(PcieAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var device = new VfioDevice(address.ToString());
        try
        {
            device.Take(address);
            return device;
        }
        catch (BenchException)
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of a region: BAR 0 to 5; 0 when there is none.</summary>
    public long RegionBytes(int index) => (long)Region((uint)index).Length;

    /// <summary>Reads from a BAR by a system call: 1, 2, 4 or 8 bytes at once, as the caller asks.</summary>
    /// <exception cref="BenchException">Cable: it does not answer.</exception>
    public void ReadBar(int bar, long at, Span<byte> to)
    {
        fixed (byte* bytes = to)
        {
            if (LibC.pread(Device, bytes, (nuint)to.Length, (long)Region((uint)bar).Offset + at) != to.Length)
            {
                throw Refused($"BAR {bar} cannot be read at 0x{at:x}", BenchLayer.Cable);
            }
        }
    }

    /// <summary>Writes to a BAR by a system call.</summary>
    /// <exception cref="BenchException">Cable: it does not answer.</exception>
    public void WriteBar(int bar, long at, ReadOnlySpan<byte> from)
    {
        fixed (byte* bytes = from)
        {
            if (LibC.pwrite(Device, bytes, (nuint)from.Length, (long)Region((uint)bar).Offset + at) != from.Length)
            {
                throw Refused($"BAR {bar} cannot be written at 0x{at:x}", BenchLayer.Cable);
            }
        }
    }

    /// <summary>Reads configuration space.</summary>
    /// <param name="at">0 to 4095.</param>
    /// <param name="to">Where to.</param>
    /// <exception cref="BenchException">Cable: it does not answer.</exception>
    public void ReadConfiguration(int at, Span<byte> to)
    {
        fixed (byte* bytes = to)
        {
            if (LibC.pread(Device, bytes, (nuint)to.Length, _configuration + at) != to.Length)
            {
                throw Refused("configuration space cannot be read", BenchLayer.Cable);
            }
        }
    }

    /// <summary>Writes configuration space; the kernel keeps to itself what is not for a user.</summary>
    /// <param name="at">0 to 4095.</param>
    /// <param name="from">What.</param>
    /// <exception cref="BenchException">Cable: it does not answer.</exception>
    public void WriteConfiguration(int at, ReadOnlySpan<byte> from)
    {
        fixed (byte* bytes = from)
        {
            if (LibC.pwrite(Device, bytes, (nuint)from.Length, _configuration + at) != from.Length)
            {
                throw Refused("configuration space cannot be written", BenchLayer.Cable);
            }
        }
    }

    /// <summary>Lets the function read and write memory of this process, and send interrupts.</summary>
    public void EnableBusMaster() => SetCommand(BusMaster);

    /// <summary>Shows memory of this process to the function, for reading and writing.</summary>
    /// <param name="memory">Page aligned; it must stay where it is.</param>
    /// <param name="sizeBytes">Whole pages.</param>
    /// <param name="ioAddress">The address by which the function reaches it, page aligned.</param>
    /// <exception cref="BenchException">Host: the IOMMU refuses.</exception>
    public void MapDma(void* memory, long sizeBytes, ulong ioAddress)
    {
        var map = new Vfio.DmaMap
        {
            Size = (uint)sizeof(Vfio.DmaMap),
            Flags = Vfio.DmaRead | Vfio.DmaWrite,
            Address = (ulong)memory,
            IoAddress = ioAddress,
            Length = (ulong)sizeBytes,
        };
        Call(_container!, Vfio.IommuMapDma, &map, "the IOMMU does not map its memory");
    }

    /// <summary>Takes memory away from the function.</summary>
    /// <param name="ioAddress">As it was mapped.</param>
    /// <param name="sizeBytes">As it was mapped.</param>
    /// <exception cref="BenchException">Host: the IOMMU refuses.</exception>
    public void UnmapDma(ulong ioAddress, long sizeBytes)
    {
        var unmap = new Vfio.DmaUnmap { Size = (uint)sizeof(Vfio.DmaUnmap), IoAddress = ioAddress, Length = (ulong)sizeBytes };
        Call(_container!, Vfio.IommuUnmapDma, &unmap, "the IOMMU does not unmap its memory");
    }

    /// <summary>Enables the function's first message signalled interrupt.</summary>
    /// <exception cref="BenchException">Host: it has none.</exception>
    public VfioInterrupt EnableMsi()
    {
        var interrupt = VfioInterrupt.Create(_name);
        var set = new Vfio.InterruptSet
        {
            Size = (uint)sizeof(Vfio.InterruptSet),
            Flags = Vfio.DataEventDescriptor | Vfio.ActionTrigger,
            Index = Vfio.MsiIndex,
            Count = 1,
            Descriptor = (int)interrupt.Handle.DangerousGetHandle(),
        };
        try
        {
            Call(Device, Vfio.DeviceSetInterrupts, &set, "its MSI cannot be enabled");
            return interrupt;
        }
        catch (BenchException)
        {
            interrupt.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _device?.Dispose();
        _group?.Dispose();
        _container?.Dispose();
    }

    internal MappedMemory MapBar(int bar)
    {
        var region = Region((uint)bar);
        if (region.Length == 0 || (region.Flags & Vfio.RegionCanMap) == 0)
        {
            throw new BenchException(BenchLayer.Cable, $"{_name}: it has no memory BAR {bar}", "Choose another one with the option bar=N.");
        }

        SetCommand(MemorySpace);
        return MappedMemory.Map(Device, (long)region.Offset, (long)region.Length, _name);
    }

    private DescriptorHandle Device => _device!;

    private void Take(PcieAddress address)
    {
        if (!Directory.Exists(address.Folder))
        {
            throw new BenchException(BenchLayer.Cable, $"{_name}: there is no such PCI function", "`lspci` shows what is there.");
        }

        var driver = LinkName($"{address.Folder}/driver");
        if (driver != "vfio-pci")
        {
            throw new BenchException(
                BenchLayer.Host,
                $"{_name}: {(driver is null ? "no driver" : $"the driver {driver}")} has it, VFIO needs vfio-pci",
                $"modprobe vfio-pci; echo vfio-pci > {address.Folder}/driver_override; echo {address.Function} > /sys/bus/pci/drivers_probe.");
        }

        var group = LinkName($"{address.Folder}/iommu_group") ?? throw new BenchException(
            BenchLayer.Host, $"{_name} is behind no IOMMU", "Enable it: intel_iommu=on on the kernel's command line, VT-d in the firmware.");
        _container = Open("/dev/vfio/vfio");
        if (LibC.ioctl(_container, Vfio.GetApiVersion, null) != Vfio.ApiVersion
            || LibC.ioctl(_container, Vfio.CheckExtension, (void*)Vfio.Type1Iommu) <= 0)
        {
            throw new BenchException(BenchLayer.Host, $"{_name}: the kernel's VFIO has no type 1 IOMMU", "modprobe vfio_iommu_type1.");
        }

        _group = Open($"/dev/vfio/{group}");
        TakeGroup(group);
        var name = stackalloc byte[32];
        Encoding.ASCII.GetBytes(address.Function!, new Span<byte>(name, 31));
        _device = new DescriptorHandle(LibC.ioctl(_group, Vfio.GroupGetDevice, name));
        if (_device.IsInvalid)
        {
            throw Refused("VFIO does not give it", BenchLayer.Host);
        }

        _configuration = (long)Region(Vfio.ConfigurationRegion).Offset;
    }

    private void TakeGroup(string group)
    {
        var status = new Vfio.GroupStatus { Size = (uint)sizeof(Vfio.GroupStatus) };
        Call(_group!, Vfio.GroupGetStatus, &status, "its IOMMU group has no status");
        if ((status.Flags & Vfio.GroupIsViable) == 0)
        {
            throw new BenchException(
                BenchLayer.Host,
                $"{_name}: other functions of its IOMMU group {group} have drivers of their own",
                $"Bind all of /sys/kernel/iommu_groups/{group}/devices to vfio-pci.");
        }

        var container = (int)_container!.DangerousGetHandle();
        Call(_group!, Vfio.GroupSetContainer, &container, "its IOMMU group cannot be taken");
        Call(_container!, Vfio.SetIommu, (void*)Vfio.Type1Iommu, "the IOMMU cannot be used");
    }

    private void SetCommand(ushort bit)
    {
        Span<byte> command = stackalloc byte[sizeof(ushort)];
        ReadConfiguration(CommandRegister, command);
        var value = BinaryPrimitives.ReadUInt16LittleEndian(command);
        if (value == ushort.MaxValue)
        {
            throw new BenchException(BenchLayer.Cable, $"{_name}: the board is gone, its configuration space reads all ones", "Does it have power?");
        }

        BinaryPrimitives.WriteUInt16LittleEndian(command, (ushort)(value | bit));
        WriteConfiguration(CommandRegister, command);
    }

    private Vfio.RegionInfo Region(uint index)
    {
        var region = new Vfio.RegionInfo { Size = (uint)sizeof(Vfio.RegionInfo), Index = index };
        Call(Device, Vfio.DeviceGetRegionInfo, &region, $"it has no region {index}");
        return region;
    }

    private DescriptorHandle Open(string path)
    {
        var handle = new DescriptorHandle(LibC.open(path, LibC.ReadWrite | LibC.CloseOnExec));
        if (!handle.IsInvalid)
        {
            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw error switch
        {
            LibC.NoAccess or LibC.NotPermitted => new BenchException(
                BenchLayer.Permission, $"{_name}: you may not open {path}", "Let your user own it (udev rule), or run as root."),
            LibC.Busy => new BenchException(BenchLayer.Permission, $"{_name}: another program has it", $"End that program; `fuser {path}` names it."),
            _ => new BenchException(BenchLayer.Host, $"{_name}: {path}: {Marshal.GetPInvokeErrorMessage(error)}", "modprobe vfio-pci."),
        };
    }

    private void Call(SafeHandle on, uint request, void* argument, string what)
    {
        if (LibC.ioctl(on, request, argument) < 0)
        {
            throw Refused(what, BenchLayer.Host);
        }
    }

    private BenchException Refused(string what, BenchLayer layer) => new(
        layer, $"{_name}: {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}", "The kernel's log (dmesg) says more.");

    // Null: there is no such link.
    private static string? LinkName(string path) => Path.GetFileName(new FileInfo(path).LinkTarget);
}
