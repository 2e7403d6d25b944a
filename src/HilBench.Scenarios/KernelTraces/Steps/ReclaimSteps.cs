namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that take memory away from processes: reclaim, swap, the OOM killer, poisoned memory.</summary>
internal static class ReclaimSteps
{
    public static void AddTo(StepTable table)
    {
        // The cgroup only names what a reclaim step acts on.
        table.Add("cgroup", (_, _) => StepOutcome.Ok);
    }
}
