using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Configuration space of the one function. Source: docs/exerciser.md.</summary>
internal sealed class ConfigurationSpace
{
    private const int Pcie = 0x40;
    private const int Ats = 0x100;
    private const int Pasid = 0x110;
    private const int Registers = 1024;

    private const uint CommandWritable =
        ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable;
    private const uint BarWritable = 0xFFFF_F000;
    private const uint DeviceControlWritable = (7u << PciExpressCapability.MaxPayloadShift)
        | (7u << PciExpressCapability.MaxReadRequestShift);
    private const uint AtsWritable = AtsCapability.Enable | (0x1Fu << AtsCapability.StuShift);

    private static readonly uint[] _resetValues = MakeResetValues();
    private static readonly uint[] _writable = MakeWritable();

    private readonly uint[] _values = [.. _resetValues];

    /// <summary>Requester ID: bus and device as captured from the last configuration write, function 0.</summary>
    public RequesterId OwnId { get; private set; }

    public bool IsMemorySpaceEnabled { get; private set; }

    public bool IsBusMasterEnabled { get; private set; }

    public bool IsAtsEnabled { get; private set; }

    public bool IsPasidEnabled { get; private set; }

    /// <summary>Bytes in one write at most: Max Payload Size, no more than 256.</summary>
    public int MaxWriteBytes { get; private set; } = 128;

    /// <summary>Bytes asked for in one read at most: Max Read Request Size, no more than 512.</summary>
    public int MaxReadBytes { get; private set; } = 512;

    public void Reset()
    {
        _resetValues.CopyTo(_values, 0);
        OwnId = default;
        Derive();
    }

    public uint Read(int offset) => _values[offset / 4];

    /// <summary>Writes the enabled bytes and captures bus and device.</summary>
    /// <returns>True when translations from before must not be used any more: ATS, STU or PASID Enable
    /// changed.</returns>
    public bool Write(RequesterId destination, int offset, uint value, int byteEnable)
    {
        OwnId = new RequesterId((ushort)(destination.Value & 0xFFF8));
        var bytes = 0u;
        for (var i = 0; i < 4; i++)
        {
            bytes |= (byteEnable >> i & 1) != 0 ? 0xFFu << (8 * i) : 0;
        }

        var index = offset / 4;
        var (ats, pasid) = (_values[(Ats / 4) + 1], _values[(Pasid / 4) + 1]);
        var mask = _writable[index] & bytes;
        _values[index] = (_values[index] & ~mask) | (value & mask);
        Derive();
        return ats != _values[(Ats / 4) + 1] || pasid != _values[(Pasid / 4) + 1];
    }

    /// <summary>The offset in BAR0 that a memory request means; false when it is for somebody else.</summary>
    public bool TryMatchBar(ulong address, out int offset)
    {
        offset = (int)(address & 0xFFF);
        return IsMemorySpaceEnabled && address - (ulong)offset == Read(ConfigurationRegister.Bar0);
    }

    private void Derive()
    {
        var command = Read(ConfigurationRegister.CommandStatus);
        IsMemorySpaceEnabled = (command & ConfigurationRegister.MemorySpaceEnable) != 0;
        IsBusMasterEnabled = (command & ConfigurationRegister.BusMasterEnable) != 0;
        IsAtsEnabled = (Read(Ats + AtsCapability.CapabilityControl) & AtsCapability.Enable) != 0;
        IsPasidEnabled = (Read(Pasid + PasidCapability.CapabilityControl) & PasidCapability.Enable) != 0;
        var control = (int)Read(Pcie + PciExpressCapability.DeviceControl);
        var payload = PciExpressCapability.SizeBytes(control >> PciExpressCapability.MaxPayloadShift);
        var read = PciExpressCapability.SizeBytes(control >> PciExpressCapability.MaxReadRequestShift);
        MaxWriteBytes = Math.Min(payload, 256);
        MaxReadBytes = Math.Min(read, 512);
    }

    private static uint[] MakeResetValues()
    {
        var values = new uint[Registers];
        values[ConfigurationRegister.VendorDevice / 4] = 0x4154_1234;
        values[ConfigurationRegister.CommandStatus / 4] = 1u << 20; // capability list
        values[ConfigurationRegister.RevisionClass / 4] = 0x1200_0001;
        values[ConfigurationRegister.CapabilitiesPointer / 4] = Pcie;
        values[Pcie / 4] = 0x0002_0000 | PciExpressCapability.Id; // version 2, endpoint
        values[(Pcie + PciExpressCapability.DeviceCapabilities) / 4] = 0x21; // 256 bytes of payload, extended tag
        values[(Pcie + PciExpressCapability.DeviceControl) / 4] = 2u << PciExpressCapability.MaxReadRequestShift;
        values[(Pcie + PciExpressCapability.DeviceCapabilities2) / 4] = PciExpressCapability.EndEndPrefixSupported;
        values[Ats / 4] = (Pasid << 20) | (1 << 16) | AtsCapability.Id;
        values[(Ats + AtsCapability.CapabilityControl) / 4] =
            AtsCapability.PageAlignedRequest | AtsCapability.GlobalInvalidateSupported; // depth 0: 32
        values[Pasid / 4] = (1 << 16) | PasidCapability.Id;
        values[(Pasid + PasidCapability.CapabilityControl) / 4] = 20 << 8;
        return values;
    }

    private static uint[] MakeWritable()
    {
        var writable = new uint[Registers];
        writable[ConfigurationRegister.CommandStatus / 4] = CommandWritable;
        writable[ConfigurationRegister.Bar0 / 4] = BarWritable;
        writable[(Pcie + PciExpressCapability.DeviceControl) / 4] = DeviceControlWritable;
        writable[(Ats + AtsCapability.CapabilityControl) / 4] = AtsWritable;
        writable[(Pasid + PasidCapability.CapabilityControl) / 4] = PasidCapability.Enable;
        return writable;
    }
}
