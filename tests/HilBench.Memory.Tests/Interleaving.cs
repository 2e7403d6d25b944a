using HilBench.Notifiers;

namespace HilBench.Memory.Tests;

/// <summary>Moves operations against each other.</summary>
internal static class Interleaving
{
    /// <summary>Moves an operation until it stands at such a point.</summary>
    public static void RunUntil(CpuOperation operation, PreemptionKind kind, string? site = null)
    {
        while (operation.Steps.MoveNext())
        {
            if (operation.Steps.Current.Kind == kind && (site is null || operation.Steps.Current.Site == site))
            {
                return;
            }
        }

        Assert.Fail($"{operation.Name} never reached {kind} {site}");
    }
}
