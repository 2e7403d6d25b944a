namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that set and remove a breakpoint in a file.</summary>
internal static class UprobeSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("uprobe_add", Add);
        table.Add("uprobe_del", Remove);
    }

    private static StepOutcome Add(TraceMachine machine, TraceStep step)
    {
        var probe = (machine.FileOf(step), step.Number("offset"));
        machine.Uprobe = probe;
        return StepOutcome.Of(machine.MmOf(step).UprobeAdd(probe.Item1, probe.Item2).RunToEnd());
    }

    private static StepOutcome Remove(TraceMachine machine, TraceStep step)
    {
        var (file, offset) = machine.Uprobe ?? throw new FormatException("no breakpoint was set before");
        return StepOutcome.Of(machine.MmOf(step).UprobeRemove(file, offset).RunToEnd());
    }
}
