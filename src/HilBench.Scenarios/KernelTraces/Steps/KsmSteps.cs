namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps of same-page merging.</summary>
internal static class KsmSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("ksm", Scan);
        table.Add("ksm_unmerge", (machine, step) => StepOutcome.Of(machine.MmOf(step).KsmUnmerge().RunToEnd()));
    }

    private static StepOutcome Scan(TraceMachine machine, TraceStep step)
    {
        machine.MmOf(step).KsmScan((int)step.Number("passes", 3)).RunToEnd();
        return StepOutcome.Ok;
    }
}
