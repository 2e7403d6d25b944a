using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>
/// The function's enables, read off the host's configuration writes. Enabling counts from the write on, disabling from
/// its completion on: in between the device may act either way.
/// </summary>
internal sealed class FunctionState(FunctionLayout layout)
{
    private const uint BusMasterBit = 1u << 2;
    private readonly Pending[] _pending = new Pending[256];
    private readonly List<(uint Pasid, uint MmId)> _bindings = [];
    private bool _isRenumbering;

    public FunctionLayout Layout { get; } = layout;

    /// <summary>Its Requester ID: bus and device are those of the last configuration write.</summary>
    public RequesterId Id { get; private set; } = layout.Function;

    public bool IsAtsEnabled { get; private set; }

    public bool IsPasidEnabled { get; private set; }

    public bool IsExecuteEnabled { get; private set; }

    public bool IsPrivilegedEnabled { get; private set; }

    public bool IsBusMaster { get; private set; }

    public bool IsPageRequestEnabled { get; private set; }

    /// <summary>Page Requests that may be out: counts from the write on.</summary>
    public uint PageAllocation { get; private set; }

    public int Stu { get; private set; }

    /// <summary>What the host adds to physical addresses in translations; 0: nothing.</summary>
    public ulong GuestOffset { get; set; }

    /// <summary>The device is kept from transmitting as fast as it would (host-controlled back-pressure).</summary>
    public bool IsTransmitBlocked { get; set; }

    /// <summary>Which address space each PASID stands for.</summary>
    public List<(uint Pasid, uint MmId)> Bindings => _bindings;

    /// <summary>PowerState is not D0: counts from the completion of the write until the next write.</summary>
    public bool IsPoweredDown { get; private set; }

    /// <summary>The Requester ID that it had before the bus was renumbered; null: none.</summary>
    public RequesterId? FormerId { get; private set; }

    /// <summary>Whether it may send under this Requester ID: the former one counts until the renumbering write is completed.</summary>
    public bool IsOwn(RequesterId id) => id == Id || (_isRenumbering && id == FormerId);

    public void Reset()
    {
        Array.Clear(_pending);
        IsAtsEnabled = false;
        IsPasidEnabled = false;
        IsExecuteEnabled = false;
        IsPrivilegedEnabled = false;
        IsBusMaster = false;
        IsPageRequestEnabled = false;
        PageAllocation = 0;
        IsPoweredDown = false;
        Stu = 0;
    }

    /// <summary>Sees that the host writes configuration at this bus and device: the device takes them as its own.</summary>
    public void Captures(RequesterId destination, byte hostTag)
    {
        var id = RequesterId.From(destination.Bus, destination.Device, Layout.Function.Function);
        if (id != Id)
        {
            FormerId = Id;
            Id = id;
            _isRenumbering = true;
            _pending[hostTag].Renumbers = true;
        }
    }

    /// <summary>Id of the address space that a PASID stands for; 0: none.</summary>
    public uint AddressSpaceOf(uint pasid)
    {
        foreach (var (bound, mmId) in _bindings)
        {
            if (bound == pasid)
            {
                return mmId;
            }
        }

        return 0;
    }

    /// <summary>Whether some PASID stands for an address space.</summary>
    public bool IsBound(uint mmId)
    {
        foreach (var (_, bound) in _bindings)
        {
            if (bound == mmId)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A PASID stands for another address space, or for none (0).</summary>
    public void Binds(uint pasid, uint mmId)
    {
        _bindings.RemoveAll(binding => binding.Pasid == pasid);
        if (mmId != 0)
        {
            _bindings.Add((pasid, mmId));
        }
    }

    /// <summary>Sees a CfgWr0 of the host.</summary>
    public void Written(in TlpView tlp)
    {
        var register = tlp.RegisterNumber;
        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        var enables = tlp.FirstByteEnable;
        ref var pending = ref _pending[tlp.Tag];
        pending = new Pending { Renumbers = pending.Renumbers };
        if (register == ConfigurationRegister.CommandStatus && (enables & 1) != 0)
        {
            IsBusMaster |= (value & BusMasterBit) != 0;
            pending.ClearsBusMaster = (value & BusMasterBit) == 0;
        }
        else if (Layout.AtsOffset != 0 && register == Layout.AtsOffset + AtsCapability.CapabilityControl && (enables & 0xC) != 0)
        {
            var stu = (enables & 4) != 0 ? (int)(value >> AtsCapability.StuShift) & 0x1F : Stu;
            pending.ChangesStu = stu != Stu;
            Stu = stu;
            IsAtsEnabled |= (enables & 8) != 0 && (value & AtsCapability.Enable) != 0;
            pending.ClearsAts = (enables & 8) != 0 && (value & AtsCapability.Enable) == 0;
        }
        else if (Layout.PasidOffset != 0 && register == Layout.PasidOffset + PasidCapability.CapabilityControl && (enables & 4) != 0)
        {
            IsPasidEnabled |= (value & PasidCapability.Enable) != 0;
            pending.ClearsPasid = (value & PasidCapability.Enable) == 0;
            IsExecuteEnabled |= (value & PasidCapability.ExecuteEnable) != 0;
            pending.ClearsExecute = (value & PasidCapability.ExecuteEnable) == 0;
            IsPrivilegedEnabled |= (value & PasidCapability.PrivilegedEnable) != 0;
            pending.ClearsPrivileged = (value & PasidCapability.PrivilegedEnable) == 0;
        }
        else if (Layout.ExpressOffset != 0 && register == Layout.ExpressOffset + PciExpressCapability.DeviceControl)
        {
            pending.Resets = (enables & 2) != 0 && (value & PciExpressCapability.InitiateFunctionLevelReset) != 0;
        }
        else if (Layout.PowerOffset != 0 && register == Layout.PowerOffset + PowerManagementCapability.ControlStatus && (enables & 1) != 0)
        {
            pending.PowersDown = (value & PowerManagementCapability.PowerState) == PowerManagementCapability.D3Hot;
            IsPoweredDown &= (value & PowerManagementCapability.PowerState) != PowerManagementCapability.D0;
        }
        else if (Layout.PageRequestOffset != 0)
        {
            WrittenPageRequest(register - Layout.PageRequestOffset, value, enables, ref pending);
        }
    }

    private void WrittenPageRequest(int register, uint value, int enables, ref Pending pending)
    {
        if (register == PageRequestCapability.Allocation)
        {
            PageAllocation = value;
        }
        else if (register == PageRequestCapability.ControlStatus && (enables & 1) != 0)
        {
            IsPageRequestEnabled |= (value & PageRequestCapability.Enable) != 0;
            pending.ClearsPageRequest = (value & PageRequestCapability.Enable) == 0;
        }
    }

    /// <summary>Sees the completion of a host request.</summary>
    public FunctionChange Completed(byte tag)
    {
        var pending = _pending[tag];
        _pending[tag] = default;
        var change = (pending.ClearsAts && IsAtsEnabled ? FunctionChange.AtsOff : 0)
            | (pending.ClearsPasid && IsPasidEnabled ? FunctionChange.PasidOff : 0)
            | (pending.ChangesStu ? FunctionChange.StuChanged : 0)
            | (pending.Resets ? FunctionChange.Reset : 0);
        IsAtsEnabled &= !pending.ClearsAts;
        IsPasidEnabled &= !pending.ClearsPasid;
        IsExecuteEnabled &= !pending.ClearsExecute;
        IsPrivilegedEnabled &= !pending.ClearsPrivileged;
        IsPageRequestEnabled &= !pending.ClearsPageRequest;
        IsBusMaster &= !pending.ClearsBusMaster;
        IsPoweredDown |= pending.PowersDown;
        _isRenumbering &= !pending.Renumbers;
        return change;
    }

    private struct Pending
    {
        public bool ClearsAts;
        public bool ClearsPasid;
        public bool ClearsExecute;
        public bool ClearsPrivileged;
        public bool ClearsPageRequest;
        public bool ClearsBusMaster;
        public bool ChangesStu;
        public bool Resets;
        public bool PowersDown;
        public bool Renumbers;
    }
}
