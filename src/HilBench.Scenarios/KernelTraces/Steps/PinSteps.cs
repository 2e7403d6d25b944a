namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that pin pages for DMA, and let them go.</summary>
internal static class PinSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("pin", Pin);
        table.Add("unpin", Unpin);
    }

    private static StepOutcome Pin(TraceMachine machine, TraceStep step)
    {
        var flags = step.Words("flags");
        var op = machine.MmOf(step).PinPages(
            machine.RangeOf(step), flags.Contains("write"), flags.Contains("longterm")).RunToEnd();
        if (!machine.Pinned.TryGetValue(step.Process, out var pages))
        {
            machine.Pinned[step.Process] = pages = [];
        }

        pages.AddRange(op.PinnedPages);
        return op.Errno == 0 ? StepOutcome.Ok with { Count = (ulong)op.PinnedPages.Count } : StepOutcome.Of(op);
    }

    private static StepOutcome Unpin(TraceMachine machine, TraceStep step) =>
        machine.Pinned.Remove(step.Process, out var pages)
            ? StepOutcome.Of(machine.MmOf(step).UnpinPages(pages).RunToEnd()) : StepOutcome.Ok;
}
