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

    /// <summary>Moves an operation so many steps.</summary>
    /// <returns>False: it ended before, or waits for a lock.</returns>
    public static bool Advance(CpuOperation operation, int steps)
    {
        for (; steps > 0; steps--)
        {
            if (!operation.Steps.MoveNext() || operation.Steps.Current.Kind == PreemptionKind.LockWait)
            {
                return false;
            }
        }

        return true;
    }
}
