using System.Numerics;
using HilBench.Memory;

namespace HilBench.Scenarios.KernelTraces.Steps;

/// <summary>Steps that set when large folios are used.</summary>
internal static class LargeFolioSteps
{
    public static void AddTo(StepTable table) => table.Add("mthp", SetUse);

    private static StepOutcome SetUse(TraceMachine machine, TraceStep step)
    {
        if (!TraceNumber.TryRead(step.Text("kibibytes"), out var kibibytes)
            || !Enum.TryParse<LargeFolioUse>(step.Text("when"), ignoreCase: true, out var use)
            || kibibytes is < 16 or > 2048 || !BitOperations.IsPow2(kibibytes))
        {
            throw new FormatException(
                $"no large folios of {step.Text("kibibytes")} KiB '{step.Text("when")}'");
        }

        machine.Kernel.SetLargeFolios(BitOperations.Log2(kibibytes) - 2, use);
        return StepOutcome.Ok;
    }
}
