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

    public FunctionLayout Layout { get; } = layout;

    /// <summary>Its Requester ID: bus and device are those of the last configuration write.</summary>
    public RequesterId Id { get; private set; } = layout.Function;

    public bool IsAtsEnabled { get; private set; }

    public bool IsPasidEnabled { get; private set; }

    public bool IsExecuteEnabled { get; private set; }

    public bool IsPrivilegedEnabled { get; private set; }

    public bool IsBusMaster { get; private set; }

    public int Stu { get; private set; }

    public void Reset()
    {
        Array.Clear(_pending);
        IsAtsEnabled = false;
        IsPasidEnabled = false;
        IsExecuteEnabled = false;
        IsPrivilegedEnabled = false;
        IsBusMaster = false;
        Stu = 0;
    }

    /// <summary>Sees a CfgWr0 of the host.</summary>
    public void Written(in TlpView tlp)
    {
        var register = tlp.RegisterNumber;
        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        var enables = tlp.FirstByteEnable;
        ref var pending = ref _pending[tlp.Tag];
        pending = default;
        if (register == ConfigurationRegister.CommandStatus && (enables & 1) != 0)
        {
            IsBusMaster |= (value & BusMasterBit) != 0;
            pending.ClearsBusMaster = (value & BusMasterBit) == 0;
        }
        else if (Layout.AtsOffset != 0 && register == Layout.AtsOffset + AtsCapability.CapabilityControl && (enables & 0xC) != 0)
        {
            Stu = (enables & 4) != 0 ? (int)(value >> AtsCapability.StuShift) & 0x1F : Stu;
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
    }

    /// <summary>Sees the completion of a host request. Returns whether ATS went off with it.</summary>
    public bool Completed(byte tag)
    {
        ref var pending = ref _pending[tag];
        var isAtsOff = pending.ClearsAts && IsAtsEnabled;
        IsAtsEnabled &= !pending.ClearsAts;
        IsPasidEnabled &= !pending.ClearsPasid;
        IsExecuteEnabled &= !pending.ClearsExecute;
        IsPrivilegedEnabled &= !pending.ClearsPrivileged;
        IsBusMaster &= !pending.ClearsBusMaster;
        pending = default;
        return isAtsOff;
    }

    private struct Pending
    {
        public bool ClearsAts;
        public bool ClearsPasid;
        public bool ClearsExecute;
        public bool ClearsPrivileged;
        public bool ClearsBusMaster;
    }
}
