using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Clients;

/// <summary>CPU operations as parts of a client's own steps.</summary>
internal static class OperationSteps
{
    /// <summary>The points of an operation, to its end.</summary>
    public static IEnumerable<PreemptionPoint> All(this CpuOperation operation)
    {
        while (operation.Steps.MoveNext())
        {
            yield return operation.Steps.Current;
        }
    }
}
