using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>Configuration space of one function. Source: docs/exerciser.md.</summary>
internal sealed class FunctionSpace
{
    private const int Pcie = 0x40;
    private const int Power = 0x80;
    private const int Ats = 0x100;
    private const int Pasid = 0x110;
    private const int Pages = 0x120;
    private const int Registers = 1024;
    private const uint NoSoftReset = 1u << 3;
    private const int PowerControl = Power + PowerManagementCapability.ControlStatus;
    private const int PagesControl = Pages + PageRequestCapability.ControlStatus;

    private const uint CommandWritable =
        ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable;
    private const uint DeviceControlWritable = (7u << PciExpressCapability.MaxPayloadShift)
        | (7u << PciExpressCapability.MaxReadRequestShift);
    private const uint StuMask = 0x1F;
    private const uint AtsWritable = AtsCapability.Enable | (StuMask << AtsCapability.StuShift);
    private const uint PasidWritable =
        PasidCapability.Enable | PasidCapability.ExecuteEnable | PasidCapability.PrivilegedEnable;
    private const uint PagesClearable =
        PageRequestCapability.ResponseFailure | PageRequestCapability.UnexpectedPrgIndex;

    private readonly uint[] _resetValues = new uint[Registers];
    private readonly uint[] _writable = new uint[Registers];
    private readonly uint[] _values = new uint[Registers];

    /// <summary>A function.</summary>
    /// <param name="hasBar">It has BAR0.</param>
    /// <param name="queueDepth">Invalidate Queue Depth, 1 to 32; 0: no ATS, nor what needs it.</param>
    public FunctionSpace(bool hasBar, int queueDepth)
    {
        AddHeader(hasBar);
        HasAts = queueDepth > 0;
        if (HasAts)
        {
            AddExtended(queueDepth);
        }

        Reset();
    }

    public bool HasAts { get; }

    public bool IsMemorySpaceEnabled { get; private set; }

    public bool IsBusMasterEnabled { get; private set; }

    public bool IsAsleep { get; private set; }

    /// <summary>It may send requests: Bus Master, and not in D3hot.</summary>
    public bool IsActive => IsBusMasterEnabled && !IsAsleep;

    public bool IsAtsEnabled { get; private set; }

    /// <summary>Smallest Translation Unit: the power of two of its bytes, 12 to 43.</summary>
    public int StuShift { get; private set; }

    public bool IsPasidEnabled { get; private set; }

    public bool IsExecuteEnabled { get; private set; }

    public bool IsPrivilegedEnabled { get; private set; }

    public bool IsAtomicEnabled { get; private set; }

    public bool IsPageRequestEnabled { get; private set; }

    /// <summary>Page Requests that may be outstanding.</summary>
    public uint Allocation => Read(Pages + PageRequestCapability.Allocation);

    /// <summary>Bytes in one write at most: Max Payload Size, no more than 256.</summary>
    public int MaxWriteBytes { get; private set; }

    /// <summary>Bytes asked for in one read at most: Max Read Request Size, no more than 512.</summary>
    public int MaxReadBytes { get; private set; }

    public void Reset()
    {
        _resetValues.CopyTo(_values, 0);
        Derive();
    }

    public uint Read(int offset) => _values[offset / 4];

    /// <summary>Writes the enabled bytes.</summary>
    public ConfigurationEffect Write(int offset, uint value, int byteEnable)
    {
        var bytes = 0u;
        for (var i = 0; i < 4; i++)
        {
            bytes |= (byteEnable >> i & 1) != 0 ? 0xFFu << (8 * i) : 0;
        }

        var written = value & bytes;
        if (offset == Pcie + PciExpressCapability.DeviceControl
            && (written & PciExpressCapability.InitiateFunctionLevelReset) != 0)
        {
            Reset();
            return ConfigurationEffect.FunctionReset;
        }

        var index = offset / 4;
        var before = _values[index];
        var mask = _writable[index] & bytes;
        if (offset == PowerControl && (value & 3) is 1 or 2)
        {
            mask = 0; // D1 and D2 are not there
        }

        _values[index] = (before & ~mask) | (value & mask);
        if (offset == PagesControl && HasAts)
        {
            _values[index] &= ~(written & PagesClearable);
        }

        Derive();
        return EffectOf(offset, before, written);
    }

    /// <summary>Sets or clears status bits of the page request interface.</summary>
    public void SetPageRequestStatus(uint bits, bool isSet)
    {
        ref var value = ref _values[PagesControl / 4];
        value = isSet ? value | bits : value & ~bits;
    }

    private ConfigurationEffect EffectOf(int offset, uint before, uint written)
    {
        var changed = before ^ Read(offset);
        return offset switch
        {
            Ats + AtsCapability.CapabilityControl when (changed & AtsCapability.Enable) != 0 =>
                ConfigurationEffect.TranslationsEnd | ConfigurationEffect.ClassesEnd,
            Ats + AtsCapability.CapabilityControl or Pasid + PasidCapability.CapabilityControl when changed != 0 =>
                ConfigurationEffect.TranslationsEnd,
            PowerControl when changed != 0 && IsAsleep =>
                ConfigurationEffect.TranslationsEnd | ConfigurationEffect.OperationsEnd,
            PagesControl when !IsPageRequestEnabled && (written & PageRequestCapability.Reset) != 0 =>
                ConfigurationEffect.PageRequests | ConfigurationEffect.PageRequestReset,
            PagesControl or Pages + PageRequestCapability.Allocation or ConfigurationRegister.CommandStatus =>
                ConfigurationEffect.PageRequests,
            _ => ConfigurationEffect.None,
        };
    }

    private void Derive()
    {
        var command = Read(ConfigurationRegister.CommandStatus);
        IsMemorySpaceEnabled = (command & ConfigurationRegister.MemorySpaceEnable) != 0;
        IsBusMasterEnabled = (command & ConfigurationRegister.BusMasterEnable) != 0;
        IsAsleep = (Read(PowerControl) & PowerManagementCapability.PowerState) == PowerManagementCapability.D3Hot;
        var ats = Read(Ats + AtsCapability.CapabilityControl);
        IsAtsEnabled = (ats & AtsCapability.Enable) != 0;
        StuShift = AtsRange.MinSizeShift + (int)(ats >> AtsCapability.StuShift & StuMask);
        var pasid = Read(Pasid + PasidCapability.CapabilityControl);
        IsPasidEnabled = (pasid & PasidCapability.Enable) != 0;
        IsExecuteEnabled = (pasid & PasidCapability.ExecuteEnable) != 0;
        IsPrivilegedEnabled = (pasid & PasidCapability.PrivilegedEnable) != 0;
        IsPageRequestEnabled = (Read(PagesControl) & PageRequestCapability.Enable) != 0;
        IsAtomicEnabled =
            (Read(Pcie + PciExpressCapability.DeviceControl2) & PciExpressCapability.AtomicRequesterEnable) != 0;
        var control = (int)Read(Pcie + PciExpressCapability.DeviceControl);
        var payload = PciExpressCapability.SizeBytes(control >> PciExpressCapability.MaxPayloadShift);
        var read = PciExpressCapability.SizeBytes(control >> PciExpressCapability.MaxReadRequestShift);
        MaxWriteBytes = Math.Min(payload, 256);
        MaxReadBytes = Math.Min(read, 512);
    }

    private void AddHeader(bool hasBar)
    {
        Add(ConfigurationRegister.VendorDevice, 0x4154_1234);
        Add(ConfigurationRegister.CommandStatus, 1u << 20, CommandWritable); // capability list
        Add(ConfigurationRegister.RevisionClass, 0x1200_0001);
        Add(ConfigurationRegister.HeaderType, ConfigurationRegister.MultiFunction);
        Add(ConfigurationRegister.Bar0, 0, hasBar ? 0xFFFF_F000 : 0);
        Add(ConfigurationRegister.CapabilitiesPointer, Pcie);
        Add(Pcie, 0x0002_0000 | (Power << 8) | PciExpressCapability.Id); // version 2, endpoint
        // 256 bytes of payload, extended tag, function-level reset
        Add(Pcie + PciExpressCapability.DeviceCapabilities, 0x21 | PciExpressCapability.FunctionLevelResetSupported);
        Add(
            Pcie + PciExpressCapability.DeviceControl,
            2u << PciExpressCapability.MaxReadRequestShift,
            DeviceControlWritable);
        Add(Pcie + PciExpressCapability.DeviceCapabilities2, PciExpressCapability.EndEndPrefixSupported);
        Add(Pcie + PciExpressCapability.DeviceControl2, 0, PciExpressCapability.AtomicRequesterEnable);
        Add(Power, 0x0003_0000 | PowerManagementCapability.Id); // version 3
        Add(PowerControl, NoSoftReset, PowerManagementCapability.PowerState);
    }

    private void AddExtended(int queueDepth)
    {
        var depth = (uint)queueDepth & 0x1F;
        var features = AtsCapability.PageAlignedRequest | AtsCapability.GlobalInvalidateSupported;
        Add(Ats, (Pasid << 20) | (1 << 16) | AtsCapability.Id);
        Add(Ats + AtsCapability.CapabilityControl, depth | features, AtsWritable);
        Add(Pasid, (Pages << 20) | (1 << 16) | PasidCapability.Id);
        Add(
            Pasid + PasidCapability.CapabilityControl,
            (20 << 8) | PasidCapability.ExecuteSupported | PasidCapability.PrivilegedSupported,
            PasidWritable);
        Add(Pages, (1 << 16) | PageRequestCapability.Id);
        Add(
            PagesControl,
            PageRequestCapability.Stopped | PageRequestCapability.PrgResponsePasidRequired,
            PageRequestCapability.Enable);
        Add(Pages + PageRequestCapability.Capacity, 32);
        Add(Pages + PageRequestCapability.Allocation, 0, uint.MaxValue);
    }

    private void Add(int offset, uint value, uint writable = 0)
    {
        _resetValues[offset / 4] = value;
        _writable[offset / 4] = writable;
    }
}
