using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>Steps that read and write configuration registers for their own sake.</summary>
internal static class ConfigurationSteps
{
    private const uint AllOnes = 0xFFFF_FFFF;

    /// <summary>Reads what the rules on capabilities are about, or writes all ones to the ATS control register and reads it back.</summary>
    public static StepBody Probe(MapReader map)
    {
        var isControl = map.OneOf("what", "capabilities", "capabilities", "ats-control") == "ats-control";
        var number = CpuSteps.FunctionOf(map) ?? 0;
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var function = run.Function(number, map.Place);
            if (isControl)
            {
                ProbeControl(function);
            }
            else
            {
                BringUp.ReadCapabilities(function);
            }

            yield break;
        }
    }

    /// <summary>Sets or clears the enables of PASID.</summary>
    public static StepBody Pasid(MapReader map)
    {
        var isEnabled = map.Flag("enable", otherwise: true);
        var isExecute = map.Flag("execute");
        var isPrivileged = map.Flag("privileged");
        var number = CpuSteps.FunctionOf(map) ?? 0;
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            BringUp.SetPasid(run.Function(number, map.Place), isEnabled, isExecute, isPrivileged);
            yield break;
        }
    }

    /// <summary>Writes a register of BAR0.</summary>
    public static StepBody MmioWrite(MapReader map)
    {
        var register = (ulong)map.Integer("register", 0, low: 0, high: 0xFFC);
        var value = (uint)map.Address("value").Evaluate(new Dictionary<string, ulong>());
        if (register % 4 != 0)
        {
            throw map.PlaceOf("register").Error($"there is no register at 0x{register:x}", "Write a multiple of 4.");
        }

        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var bytes = new byte[4];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            run.Bench.Root.Write(BringUp.Bar0 + register, bytes);
            yield break;
        }
    }

    // ATS is off while the STU changes, before and after.
    private static void ProbeControl(BenchFunction function)
    {
        var register = function.Layout.AtsOffset + AtsCapability.CapabilityControl;
        BringUp.SetAts(function, isEnabled: false);
        function.Configuration.Write(register, AllOnes & ~AtsCapability.Enable, byteEnable: 0xC);
        function.Configuration.Read(register);
        function.Agent.IsAtsEnabled = true;
        function.Configuration.Write(register, AllOnes, byteEnable: 0xC);
        function.Configuration.Read(register);
        function.Configuration.Write(register, AllOnes & ~AtsCapability.Enable, byteEnable: 0xC);
        BringUp.SetAts(function, isEnabled: false);
        BringUp.SetAts(function, isEnabled: true);
    }
}
