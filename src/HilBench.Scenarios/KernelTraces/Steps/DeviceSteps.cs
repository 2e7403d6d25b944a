using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that a device driver makes.</summary>
internal static class DeviceSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("migrate_vma", MigrateVma);
        table.Add("hmm_fault", (machine, step) => StepOutcome.Of(machine.MmOf(step).HmmRangeFault(
            machine.RangeOf(step), step.Text("access") == "write" ? HmmAccess.Write : HmmAccess.Read).RunToEnd()));
    }

    private static StepOutcome MigrateVma(TraceMachine machine, TraceStep step)
    {
        var op = machine.MmOf(step).MigrateVma(
            machine.RangeOf(step), owner: 1, aborts: step.Text("flags") == "abort").RunToEnd();
        return StepOutcome.Of(op) with { Count = op.DoneBytes / 4096 };
    }
}
