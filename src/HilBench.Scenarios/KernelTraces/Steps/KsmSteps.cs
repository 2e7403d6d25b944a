namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps of same-page merging.</summary>
internal static class KsmSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("ksm", Scan);
        table.Add("ksm_unmerge", (machine, step) => StepOutcome.Of(machine.MmOf(step).KsmUnmerge().RunToEnd()));
    }

    /// <summary>The first scans only note checksums.</summary>
    private static StepOutcome Scan(TraceMachine machine, TraceStep step)
    {
        for (var scan = 0; scan < 2; scan++)
        {
            machine.MmOf(step).KsmScan().RunToEnd();
        }

        return StepOutcome.Ok;
    }
}
