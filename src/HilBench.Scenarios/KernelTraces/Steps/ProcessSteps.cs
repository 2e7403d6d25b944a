using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that begin and end processes, and say where they run.</summary>
internal static class ProcessSteps
{
    private const ulong KillSignal = 9;

    public static void AddTo(StepTable table)
    {
        table.Add("fork", Fork);
        table.Add("exit", Exit);
        table.Add("exec", (machine, _) => End(machine.Process("child")) with { WaitStatus = 0 });
        table.Add("kill", (machine, _) => End(machine.Process("child")));
        table.Add("wait", (_, _) => StepOutcome.Ok with { WaitStatus = KillSignal });
        table.Add("cpu", RunOnCpu);
    }

    private static StepOutcome Fork(TraceMachine machine, TraceStep step)
    {
        var op = machine.MmOf(step).Fork().RunToEnd();
        machine.Processes["child"] = op.Child!;
        machine.CpuOf["child"] = machine.CpuOf.GetValueOrDefault(step.Process);
        return StepOutcome.Of(op);
    }

    private static StepOutcome Exit(TraceMachine machine, TraceStep step) =>
        End(machine.MmOf(step)) with { WaitStatus = step.Number("status", 0) << 8 };

    private static StepOutcome End(AddressSpace mm) => StepOutcome.Of(mm.Exit().RunToEnd());

    private static StepOutcome RunOnCpu(TraceMachine machine, TraceStep step)
    {
        var cpu = step.Number("value", 1);
        machine.MmOf(step).HasRunOnSeveralCpus |= machine.CpuOf.GetValueOrDefault(step.Process) != cpu;
        machine.CpuOf[step.Process] = cpu;
        return StepOutcome.Ok;
    }
}
