using HilBench.Checking;
using HilBench.Journal;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Finds and enables a function as a host does: configuration TLPs only.</summary>
public sealed class BringUp(HostRequests requests, RootPort root)
{
    /// <summary>Bus address that BAR0 gets.</summary>
    public const ulong Bar0 = 0xE000_0000;

    private const uint MemorySpaceAndBusMaster = 0x6;
    private const int SizeCode128 = 0;
    private const int SizeCode512 = 2;

    /// <summary>Reads the capabilities. Nothing is enabled yet.</summary>
    /// <exception cref="BenchException">No function answers, or it has no ATS.</exception>
    public FunctionLayout Discover(RequesterId function)
    {
        root.Function = function;
        root.Invalidations.Function = function;
        var id = requests.Read(ConfigurationRegister.VendorDevice);
        if (id is 0 or uint.MaxValue)
        {
            throw new BenchException(BenchLayer.Device, $"no function at {function}", "Its Vendor ID reads all zeros or all ones.");
        }

        var ats = FindExtended(AtsCapability.Id);
        if (ats == 0)
        {
            throw new BenchException(
                BenchLayer.Device, $"function {function} has no ATS capability (0x000F)", "A device without ATS cannot be validated here.");
        }

        var pasid = FindExtended(PasidCapability.Id);
        var atsRegister = requests.Read(ats + AtsCapability.CapabilityControl);
        var pasidRegister = pasid == 0 ? 0 : requests.Read(pasid + PasidCapability.CapabilityControl);
        return new FunctionLayout
        {
            Function = function,
            Agent = root.Agent,
            AtsOffset = ats,
            PasidOffset = pasid,
            InvalidateQueueDepth = AtsCapability.InvalidateQueueDepth(atsRegister),
            IsPageAligned = (atsRegister & AtsCapability.PageAlignedRequest) != 0,
            HasGlobalInvalidate = (atsRegister & AtsCapability.GlobalInvalidateSupported) != 0,
            MaxPasidWidth = PasidCapability.MaxWidth(pasidRegister),
        };
    }

    /// <summary>Gives the function its BAR and enables memory, bus master, PASID and ATS: the agent's side first.</summary>
    public void Enable(FunctionLayout layout)
    {
        requests.Write(ConfigurationRegister.Bar0, (uint)Bar0);
        SetSizes();
        requests.Write(ConfigurationRegister.CommandStatus, MemorySpaceAndBusMaster, byteEnable: 3);
        if (layout.PasidOffset != 0)
        {
            requests.Write(layout.PasidOffset + PasidCapability.CapabilityControl, PasidCapability.Enable, byteEnable: 0xC);
        }

        root.Invalidations.Depth = layout.InvalidateQueueDepth;
        root.IsAtsEnabled = true;
        SetAts(layout, isEnabled: true);
    }

    /// <summary>Sets or clears ATS Enable; the STU stays 0 (4 KiB).</summary>
    public void SetAts(FunctionLayout layout, bool isEnabled) => requests.Write(
        layout.AtsOffset + AtsCapability.CapabilityControl, isEnabled ? AtsCapability.Enable : 0, byteEnable: 0xC);

    /// <summary>Sets or clears Bus Master Enable.</summary>
    public void SetBusMaster(bool isEnabled) =>
        requests.Write(ConfigurationRegister.CommandStatus, isEnabled ? MemorySpaceAndBusMaster : MemorySpaceAndBusMaster & ~4u, byteEnable: 3);

    private void SetSizes()
    {
        var search = CapabilityWalk.Find(requests, PciExpressCapability.Id);
        if (search.Outcome == CapabilityOutcome.Found)
        {
            var control = SizeCode128 << PciExpressCapability.MaxPayloadShift | SizeCode512 << PciExpressCapability.MaxReadRequestShift;
            requests.Write(search.Offset + PciExpressCapability.DeviceControl, (uint)control, byteEnable: 3);
        }
    }

    private int FindExtended(int id)
    {
        var search = CapabilityWalk.FindExtended(requests, id);
        return search.Outcome switch
        {
            CapabilityOutcome.Found => search.Offset,
            CapabilityOutcome.Absent => 0,
            _ => throw new BenchException(
                BenchLayer.Device,
                $"the list of extended capabilities is broken at 0x{search.Offset:x3} ({search.Outcome})",
                "Each Next pointer must be 0 or a multiple of 4 from 0x100 on, without a loop."),
        };
    }
}
