using System.Buffers.Binary;
using HilBench.Pcie;

namespace HilBench.Checking;

/// <summary>
/// Judges what configuration registers read, and what the host writes to them (ATS-CAP). It sees what is read and asks for
/// nothing itself.
/// </summary>
internal sealed class ConfigurationMonitor
{
    private const int HostTags = 256;
    private const uint Version1 = 1u << 16;
    private const uint HeaderMask = 0xF_FFFF;
    private const uint AtsControlMask = 0x801F;
    private readonly CheckContext _context;
    private readonly int[] _reading = new int[HostTags];
    private readonly RuleCounter _atsHeader;
    private readonly RuleCounter _queueDepth;
    private readonly RuleCounter _atsAfterReset;
    private readonly RuleCounter _atsWritable;
    private readonly RuleCounter _stuChange;
    private readonly RuleCounter _pageRequestAfterReset;
    private readonly RuleCounter _allocation;
    private readonly RuleCounter _pasidWidth;
    private readonly RuleCounter _pasidEnables;
    private readonly RuleCounter _endEndPrefix;
    private bool _isAtsWritten;
    private bool _isPageRequestWritten;
    private uint _atsControl;

    public ConfigurationMonitor(CheckContext context)
    {
        _context = context;
        var rules = context.Rules;
        _atsHeader = rules["ATS-CAP-001"];
        _queueDepth = rules["ATS-CAP-002"];
        _atsAfterReset = rules["ATS-CAP-004"];
        _atsWritable = rules["ATS-CAP-005"];
        _stuChange = rules["ATS-CAP-006"];
        _pageRequestAfterReset = rules["ATS-CAP-007"];
        _allocation = rules["ATS-CAP-008"];
        _pasidWidth = rules["ATS-CAP-009"];
        _pasidEnables = rules["ATS-CAP-010"];
        _endEndPrefix = rules["ATS-CAP-011"];
        Array.Fill(_reading, -1);
    }

    /// <summary>The function was reset: its registers have the values after reset.</summary>
    public void Reset()
    {
        Array.Fill(_reading, -1);
        _isAtsWritten = false;
        _isPageRequestWritten = false;
        _atsControl = 0;
    }

    /// <summary>The host sends a CfgRd0.</summary>
    public void Reads(in TlpView tlp) => _reading[tlp.Tag] = tlp.RegisterNumber;

    /// <summary>The host sends a CfgWr0.</summary>
    public void Writes(in TlpView tlp)
    {
        _reading[tlp.Tag] = -1;
        var layout = _context.Function.Layout;
        var register = tlp.RegisterNumber;
        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        var enables = tlp.FirstByteEnable;
        if (layout.AtsOffset != 0 && register == layout.AtsOffset + AtsCapability.CapabilityControl && (enables & 0xC) != 0)
        {
            WritesAts(value >> 16, enables >> 2);
        }
        else if (layout.PasidOffset != 0 && register == layout.PasidOffset + PasidCapability.CapabilityControl && (enables & 4) != 0)
        {
            Check(_pasidEnables, layout.HasExecute || (value & PasidCapability.ExecuteEnable) == 0,
                "the host enables execute permission, which the function does not support");
            Check(_pasidEnables, layout.HasPrivileged || (value & PasidCapability.PrivilegedEnable) == 0,
                "the host enables privileged mode, which the function does not support");
        }
        else if (layout.PageRequestOffset != 0 && register == layout.PageRequestOffset + PageRequestCapability.ControlStatus && (enables & 1) != 0)
        {
            _isPageRequestWritten = true;
        }
        else if (layout.PageRequestOffset != 0 && register == layout.PageRequestOffset + PageRequestCapability.Allocation)
        {
            Check(_allocation, value <= layout.PageRequestCapacity, "the host allocates more page requests than the function's capacity");
        }
    }

    /// <summary>The device completes a request of the host.</summary>
    public void Completed(in TlpView tlp)
    {
        var register = _reading[tlp.Tag];
        _reading[tlp.Tag] = -1;
        if (register < 0 || tlp.Kind != TlpKind.CompletionWithData || tlp.Status != CompletionStatus.SuccessfulCompletion)
        {
            return;
        }

        var layout = _context.Function.Layout;
        var value = BinaryPrimitives.ReadUInt32LittleEndian(tlp.Payload);
        if (layout.AtsOffset != 0 && register == layout.AtsOffset)
        {
            Check(_atsHeader, (value & HeaderMask) == (AtsCapability.Id | Version1), "the ATS capability's id and version are not 0x000F and 1");
        }
        else if (layout.AtsOffset != 0 && register == layout.AtsOffset + AtsCapability.CapabilityControl)
        {
            ReadAts(value);
        }
        else if (layout.PageRequestOffset != 0 && register == layout.PageRequestOffset)
        {
            Check(_pageRequestAfterReset, (value & 0xFFFF) == PageRequestCapability.Id, "the id of the Page Request capability is not 0x0013");
        }
        else if (layout.PageRequestOffset != 0 && register == layout.PageRequestOffset + PageRequestCapability.ControlStatus && !_isPageRequestWritten)
        {
            Check(_pageRequestAfterReset, (value & PageRequestCapability.Enable) == 0, "Enable of the Page Request capability is 1 out of reset");
            Check(_pageRequestAfterReset, (value & PageRequestCapability.Stopped) != 0, "Stopped is 0 out of reset");
        }
        else if (layout.PasidOffset != 0 && register == layout.PasidOffset + PasidCapability.CapabilityControl)
        {
            Check(_pasidWidth, PasidCapability.MaxWidth(value) <= 20, "Max PASID Width is above 20");
        }
        else if (layout.ExpressOffset != 0 && register == layout.ExpressOffset + PciExpressCapability.DeviceCapabilities2 && layout.PasidOffset != 0)
        {
            Check(_endEndPrefix, (value & PciExpressCapability.EndEndPrefixSupported) != 0,
                "the function has PASIDs, and Device Capabilities 2 does not have End-End TLP Prefix Supported");
        }
    }

    private void WritesAts(uint control, int enables)
    {
        var stu = control & 0x1F;
        var isEnabled = _isAtsWritten && (_atsControl & 0x8000) != 0;
        var staysEnabled = (enables & 2) == 0 || (control & 0x8000) != 0;
        if ((enables & 1) != 0)
        {
            Check(_stuChange, stu == (_atsControl & 0x1F) || !isEnabled || !staysEnabled, "the host changes the STU while ATS Enable is 1");
        }

        var mask = ((enables & 1) != 0 ? 0xFFu : 0) | ((enables & 2) != 0 ? 0xFF00u : 0);
        _atsControl = (_atsControl & ~mask) | (control & mask);
        _isAtsWritten = true;
    }

    private void ReadAts(uint value)
    {
        var control = value >> 16;
        if (AtsCapability.InvalidateQueueDepth(value) == 32)
        {
            Check(_queueDepth, _context.Function.Layout.InvalidateQueueDepth == 32, "Invalidate Queue Depth 0 is not taken as 32");
        }

        if (!_isAtsWritten)
        {
            Check(_atsAfterReset, (control & 0x8000) == 0, "ATS Enable is 1 after reset");
        }
        else
        {
            Check(_atsWritable, (control & AtsControlMask) == (_atsControl & AtsControlMask), "STU or Enable does not read what was written");
            Check(_atsWritable, (control & ~AtsControlMask) == 0, "a reserved bit of the ATS control register can be written");
        }
    }

    private void Check(RuleCounter rule, bool holds, string reason)
    {
        rule.Checked++;
        if (!holds)
        {
            _context.Report(rule, reason);
        }
    }
}
