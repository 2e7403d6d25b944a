using HilBench.Devices;
using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>Steps of the host's configuration software that end what a function holds. They drain invalidations first.</summary>
internal static class LifeCycleSteps
{
    /// <summary>Cycles after a reset in which what is still on the wire arrives.</summary>
    private const ulong RecoveryCycles = 512;

    /// <summary>Lets a PASID of a function stand for the address space of a process.</summary>
    public static StepBody Bind(MapReader map)
    {
        var process = CpuSteps.ProcessOf(map);
        var name = map.Text("as", process);
        var pasid = CpuSteps.PasidOf(map);
        var number = CpuSteps.FunctionOf(map) ?? 0;
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            return run.Adopt(name, run.Process(process, map.Place).Space, pasid, isBound: true, run.Function(number, map.Place).Number, map.Place);
        }
    }

    /// <summary>Sets or clears ATS Enable.</summary>
    public static StepBody Ats(MapReader map)
    {
        var isEnabled = map.Flag("enable");
        var stu = map.Integer("stu", 0, low: 0, high: 31);
        return Drained(map, (run, function) =>
        {
            BringUp.SetAts(function, isEnabled, stu);
        });
    }

    /// <summary>A function-level reset; then the function is enabled again. Other steps may come right behind the reset, before its answer.</summary>
    public static StepBody FunctionReset(MapReader map)
    {
        var behind = map.Has("then") ? StepReader.ReadAll(map, "then") : null;
        var number = CpuSteps.FunctionOf(map) ?? 0;
        var isDraining = !map.Flag("without-draining");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var bench = run.Bench;
            var function = run.Function(number, map.Place);
            foreach (var pause in Drain(run, function, isDraining))
            {
                yield return pause;
            }

            function.Invalidations.IsSuspended = true;
            var register = function.Layout.ExpressOffset + PciExpressCapability.DeviceControl;
            var tag = bench.Root.BeginConfigurationWrite(register, PciExpressCapability.InitiateFunctionLevelReset, byteEnable: 3, function.Id);
            if (behind != null)
            {
                Forget(run, function);
                foreach (var pause in StepReader.Sequence(behind, run))
                {
                    yield return pause;
                }
            }

            bench.Requests.EndWrite(tag, register);
            function.Agent.Reset();
            function.Agent.IsAtsEnabled = false;
            Forget(run, function);
            bench.RunCycles(RecoveryCycles);
            BringUp.ReadCapabilities(function);
            bench.EnableAgain(function);
            function.Invalidations.IsSuspended = false;
        }
    }

    /// <summary>Puts a function into D3hot, or back into D0.</summary>
    public static StepBody Power(MapReader map)
    {
        var state = map.OneOf("state", "d3hot", "d0", "d3hot") == "d0" ? PowerManagementCapability.D0 : PowerManagementCapability.D3Hot;
        return Drained(map, (_, function) => function.Configuration.Write(
            function.Layout.PowerOffset + PowerManagementCapability.ControlStatus, state, byteEnable: 1));
    }

    /// <summary>A hot reset of the device; then all functions are enabled again.</summary>
    public static StepBody HotReset(MapReader map)
    {
        var isDraining = !map.Flag("without-draining");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            foreach (var pause in run.Bench.Functions.SelectMany(function => Drain(run, function, isDraining)))
            {
                yield return pause;
            }

            run.Bench.Reset(ResetKind.Hot);
            run.ForgetDma();
        }
    }

    /// <summary>The host gives the bus another number: from the next configuration write on the device has other Requester IDs.</summary>
    public static StepBody Renumber(MapReader map)
    {
        var bus = map.Integer("bus", 2, low: 1, high: 255);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            foreach (var pause in run.WaitForDma().Concat(run.Bench.Functions.SelectMany(function => Drain(run, function, isDraining: true))))
            {
                yield return pause;
            }

            foreach (var function in run.Bench.Functions)
            {
                function.Agent.Id = RequesterId.From(bus, function.Id.Device, function.Number);
            }

            foreach (var function in run.Bench.Functions)
            {
                BringUp.SetBusMaster(function, isEnabled: true);
            }
        }
    }

    /// <summary>Sends an Invalidate Request to a function that has no ATS: it must not be completed.</summary>
    public static StepBody InvalidateWithoutAts(MapReader map)
    {
        var number = CpuSteps.FunctionOf(map) ?? 1;
        var tag = map.Integer("itag", 0, low: 0, high: 31);
        var cycles = (ulong)map.Integer("cycles", 1000, low: 1, high: 1_000_000);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var tlp = new byte[64];
            var payload = AtsRange.Page(0).ToInvalidatePayload();
            var request = new InvalidateRequest(run.Bench.Root.Agent, run.Function(number, map.Place).Id, new ITag((byte)tag), payload);
            run.Bench.Wire.Send(tlp.AsSpan(0, TlpWriter.WriteInvalidateRequest(tlp, in request)), DownstreamClass.InvalidateRequest);
            run.Bench.RunCycles(cycles);
            yield break;
        }
    }

    private static StepBody Drained(MapReader map, Action<ScenarioRun, BenchFunction> action)
    {
        var number = CpuSteps.FunctionOf(map) ?? 0;
        var isDraining = !map.Flag("without-draining");
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var function = run.Function(number, map.Place);
            foreach (var pause in Drain(run, function, isDraining))
            {
                yield return pause;
            }

            action(run, function);
        }
    }

    private static void Forget(ScenarioRun run, BenchFunction function)
    {
        run.Bench.Exerciser.Forget(function.Number);
        run.ForgetDma(function.Number);
    }

    private static IEnumerable<Pause> Drain(ScenarioRun run, BenchFunction function, bool isDraining)
    {
        run.Bench.Checker.IsUndrainedIntended |= !isDraining;
        while (isDraining && !function.Invalidations.IsIdle && !function.Invalidations.IsQuarantined)
        {
            yield return Pause.Device;
        }
    }
}
