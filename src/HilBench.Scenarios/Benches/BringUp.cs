using HilBench.Checking;
using HilBench.Journal;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Finds and enables the functions of a device as a host does: configuration TLPs only.</summary>
public sealed class BringUp(HostRequests requests, RootPort root, Func<AgentFunction> newFunction)
{
    /// <summary>Bus address that BAR0 of function 0 gets.</summary>
    public const ulong Bar0 = 0xE000_0000;

    /// <summary>Largest transfers, as codes: payload 128 bytes, read request 512 bytes.</summary>
    private const int SizeCode128 = 0;
    private const int SizeCode512 = 2;
    private const int FunctionsMax = 8;
    private const uint MemorySpaceAndBusMaster = ConfigurationRegister.MemorySpaceEnable | ConfigurationRegister.BusMasterEnable;

    /// <summary>Finds all functions and reads their capabilities. Nothing is enabled yet.</summary>
    /// <exception cref="BenchException">No function answers, or function 0 has no ATS.</exception>
    public IReadOnlyList<BenchFunction> DiscoverAll(RequesterId first)
    {
        root.Function = first;
        var functions = new List<BenchFunction> { Discover(root.Functions[0]) };
        var header = requests.Read(ConfigurationRegister.HeaderType);
        for (var number = 1; number < FunctionsMax && (header & ConfigurationRegister.MultiFunction) != 0; number++)
        {
            var id = RequesterId.From(first.Bus, first.Device, number);
            if (requests.Probe(ConfigurationRegister.VendorDevice, id) is not (0 or uint.MaxValue))
            {
                var function = newFunction();
                function.Id = id;
                root.Add(function);
                functions.Add(Discover(function));
            }
        }

        return functions;
    }

    /// <summary>Reads the registers that the rules on capabilities are about (ATS-CAP); the checker judges what they read.</summary>
    public static void ReadCapabilities(BenchFunction function)
    {
        var layout = function.Layout;
        ReadAt(function, layout.AtsOffset, 0, AtsCapability.CapabilityControl);
        ReadAt(function, layout.PasidOffset, PasidCapability.CapabilityControl);
        ReadAt(function, layout.PageRequestOffset, 0, PageRequestCapability.ControlStatus);
        ReadAt(function, layout.ExpressOffset, PciExpressCapability.DeviceCapabilities2);
    }

    /// <summary>Gives the device its BAR and enables memory, bus master, PASID and ATS of every function: the agent's side first.</summary>
    public static void Enable(IReadOnlyList<BenchFunction> functions)
    {
        functions[0].Configuration.Write(ConfigurationRegister.Bar0, (uint)Bar0);
        foreach (var function in functions)
        {
            Enable(function);
        }
    }

    /// <summary>Enables memory, bus master, PASID and ATS of a function: the agent's side first.</summary>
    public static void Enable(BenchFunction function)
    {
        SetSizes(function);
        SetBusMaster(function, isEnabled: true);
        SetPasid(function, isEnabled: function.Layout.PasidOffset != 0);
        function.Invalidations.Depth = function.Layout.InvalidateQueueDepth;
        if (function.HasAts)
        {
            SetAts(function, isEnabled: true);
        }
    }

    /// <summary>Sets or clears ATS Enable, the agent's side first when it is set and last when it is cleared.</summary>
    /// <param name="function">Whose.</param>
    /// <param name="isEnabled">Whether it may ask for translations.</param>
    /// <param name="stu">Smallest Translation Unit: 2^(12 + stu) bytes.</param>
    public static void SetAts(BenchFunction function, bool isEnabled, int stu = 0)
    {
        if (isEnabled)
        {
            function.Invalidations.SmallestShift = 12 + stu;
            function.Agent.IsAtsEnabled = true;
        }

        function.Configuration.Write(
            function.Layout.AtsOffset + AtsCapability.CapabilityControl,
            (isEnabled ? AtsCapability.Enable : 0) | (uint)stu << AtsCapability.StuShift,
            byteEnable: 0xC);
        if (!isEnabled)
        {
            function.Agent.IsAtsEnabled = false;
        }
    }

    /// <summary>Sets or clears the enables of PASID; what the capability does not support stays off.</summary>
    public static void SetPasid(BenchFunction function, bool isEnabled, bool isExecute = false, bool isPrivileged = false)
    {
        if (function.Layout.PasidOffset == 0)
        {
            return;
        }

        var control = (isEnabled ? PasidCapability.Enable : 0)
            | (isExecute && function.Layout.HasExecute ? PasidCapability.ExecuteEnable : 0)
            | (isPrivileged && function.Layout.HasPrivileged ? PasidCapability.PrivilegedEnable : 0);
        function.Configuration.Write(function.Layout.PasidOffset + PasidCapability.CapabilityControl, control, byteEnable: 0xC);
    }

    /// <summary>Sets or clears Enable of the Page Request Interface, the allocation first.</summary>
    /// <param name="function">Whose.</param>
    /// <param name="isEnabled">Whether it may ask for pages.</param>
    /// <param name="allocation">Page Requests that may be out; null: as many as the function can have.</param>
    public static void SetPageRequests(BenchFunction function, bool isEnabled, uint? allocation = null)
    {
        var layout = function.Layout;
        function.Agent.PageRequests.IsPasidInResponses = layout.IsPasidInResponses;
        if (isEnabled)
        {
            function.Configuration.Write(layout.PageRequestOffset + PageRequestCapability.Allocation, allocation ?? layout.PageRequestCapacity);
        }

        function.Configuration.Write(
            layout.PageRequestOffset + PageRequestCapability.ControlStatus, isEnabled ? PageRequestCapability.Enable : 0, byteEnable: 3);
    }

    /// <summary>Resets the Page Request Interface; Enable is 0 then.</summary>
    public static void ResetPageRequests(BenchFunction function)
    {
        function.Configuration.Write(
            function.Layout.PageRequestOffset + PageRequestCapability.ControlStatus, PageRequestCapability.Reset, byteEnable: 3);
        function.Agent.PageRequests.Reset();
    }

    /// <summary>Sets or clears Bus Master Enable.</summary>
    public static void SetBusMaster(BenchFunction function, bool isEnabled) => function.Configuration.Write(
        ConfigurationRegister.CommandStatus,
        isEnabled ? MemorySpaceAndBusMaster : ConfigurationRegister.MemorySpaceEnable,
        byteEnable: 3);

    private FunctionLayout LayoutOf(AgentFunction function, FunctionConfiguration configuration)
    {
        var ats = FindExtended(configuration, AtsCapability.Id);
        var pasid = FindExtended(configuration, PasidCapability.Id);
        var pages = FindExtended(configuration, PageRequestCapability.Id);
        var express = CapabilityWalk.Find(configuration, PciExpressCapability.Id);
        var power = CapabilityWalk.Find(configuration, PowerManagementCapability.Id);
        var atsRegister = ats == 0 ? 0 : configuration.Read(ats + AtsCapability.CapabilityControl);
        var pasidRegister = pasid == 0 ? 0 : configuration.Read(pasid + PasidCapability.CapabilityControl);
        var pageStatus = pages == 0 ? 0 : configuration.Read(pages + PageRequestCapability.ControlStatus);
        return new FunctionLayout
        {
            Function = function.Id,
            Agent = root.Agent,
            AtsOffset = ats,
            PasidOffset = pasid,
            PageRequestOffset = pages,
            ExpressOffset = express.Outcome == CapabilityOutcome.Found ? express.Offset : 0,
            HasFunctionLevelReset = express.Outcome == CapabilityOutcome.Found &&
                (configuration.Read(express.Offset + PciExpressCapability.DeviceCapabilities) & PciExpressCapability.FunctionLevelResetSupported) != 0,
            PowerOffset = power.Outcome == CapabilityOutcome.Found ? power.Offset : 0,
            InvalidateQueueDepth = AtsCapability.InvalidateQueueDepth(atsRegister),
            IsPageAligned = (atsRegister & AtsCapability.PageAlignedRequest) != 0,
            HasGlobalInvalidate = (atsRegister & AtsCapability.GlobalInvalidateSupported) != 0,
            MaxPasidWidth = PasidCapability.MaxWidth(pasidRegister),
            HasExecute = (pasidRegister & PasidCapability.ExecuteSupported) != 0,
            HasPrivileged = (pasidRegister & PasidCapability.PrivilegedSupported) != 0,
            IsPasidInResponses = (pageStatus & PageRequestCapability.PrgResponsePasidRequired) != 0,
            PageRequestCapacity = pages == 0 ? 0 : configuration.Read(pages + PageRequestCapability.Capacity),
        };
    }

    private BenchFunction Discover(AgentFunction function)
    {
        var configuration = new FunctionConfiguration(requests, function);
        var id = configuration.Read(ConfigurationRegister.VendorDevice);
        if (id is 0 or uint.MaxValue)
        {
            throw new BenchException(BenchLayer.Device, $"no function at {function.Id}", "Its Vendor ID reads all zeros or all ones.");
        }

        var layout = LayoutOf(function, configuration);
        if (layout.AtsOffset == 0 && function == root.Functions[0])
        {
            throw new BenchException(
                BenchLayer.Device, $"function {function.Id} has no ATS capability (0x000F)", "A device without ATS cannot be validated here.");
        }

        return new BenchFunction(function, layout, configuration);
    }

    private static void ReadAt(BenchFunction function, int capability, params ReadOnlySpan<int> registers)
    {
        foreach (var register in registers)
        {
            if (capability != 0)
            {
                function.Configuration.Read(capability + register);
            }
        }
    }

    private static void SetSizes(BenchFunction function)
    {
        if (function.Layout.ExpressOffset != 0)
        {
            var control = SizeCode128 << PciExpressCapability.MaxPayloadShift | SizeCode512 << PciExpressCapability.MaxReadRequestShift;
            function.Configuration.Write(function.Layout.ExpressOffset + PciExpressCapability.DeviceControl, (uint)control, byteEnable: 3);
            function.Configuration.Write(
                function.Layout.ExpressOffset + PciExpressCapability.DeviceControl2, PciExpressCapability.AtomicRequesterEnable, byteEnable: 3);
        }
    }

    private static int FindExtended(FunctionConfiguration configuration, int id)
    {
        var search = CapabilityWalk.FindExtended(configuration, id);
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
