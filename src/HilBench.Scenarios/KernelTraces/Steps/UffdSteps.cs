using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps of userfaultfd.</summary>
internal static class UffdSteps
{
    public static void AddTo(StepTable table)
    {
        table.Add("uffd_open", (machine, _) => Open(machine, VmaFlags.None));
        table.Add("uffd_open_async", (machine, _) => Open(machine, VmaFlags.UffdAsync));
        table.Add("uffd_register", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).UffdRegister(
                machine.RangeOf(step), ModesOf(step) | machine.UffdFeatures).RunToEnd()));
        table.Add("uffd_unregister", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).UffdUnregister(machine.RangeOf(step)).RunToEnd()));
        table.Add("uffd_wp", (machine, step) => StepOutcome.Of(
            machine.MmOf(step).UffdWriteProtect(machine.RangeOf(step), step.Number("protect") != 0).RunToEnd()));
        table.Add("uffd_copy", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).UffdCopy(machine.RangeOf(step), PageOf(step)).RunToEnd()));
        table.Add("uffd_zeropage", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).UffdCopy(machine.RangeOf(step), page: null).RunToEnd()));
        table.Add("uffd_continue", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).UffdContinue(machine.RangeOf(step)).RunToEnd()));
        table.Add("uffd_move", (machine, step) => StepOutcome.Of(machine.MmOf(step).UffdMove(
            machine.RangeOf(step), machine.AddressOf(step, "newAddr")).RunToEnd()));
        table.Add("pagemap_scan", (machine, step) =>
            StepOutcome.Of(machine.MmOf(step).PagemapScan(machine.RangeOf(step)).RunToEnd()));
    }

    private static StepOutcome Open(TraceMachine machine, VmaFlags features)
    {
        machine.UffdFeatures = features;
        return StepOutcome.Ok;
    }

    private static VmaFlags ModesOf(TraceStep step)
    {
        var modes = step.Words("mode");
        return (modes.Contains("missing") ? VmaFlags.UffdMissing : 0)
            | (modes.Contains("wp") ? VmaFlags.UffdWriteProtect : 0)
            | (modes.Contains("minor") ? VmaFlags.UffdMinor : 0);
    }

    private static byte[] PageOf(TraceStep step)
    {
        var page = new byte[4096];
        Array.Fill(page, (byte)step.Number("value"));
        return page;
    }
}
