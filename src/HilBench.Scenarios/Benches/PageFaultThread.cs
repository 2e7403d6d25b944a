using HilBench.Memory;
using HilBench.Notifiers;
using HilBench.Pcie;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>
/// The kernel thread that serves page requests (iommu_sva_handle_iopf): for each page of a group the fault of a CPU access,
/// with its locks and notifier calls; then one PRG Response.
/// </summary>
internal sealed class PageFaultThread(IReadOnlyList<BenchFunction> functions)
{
    /// <summary>Points that it passes for each turn: a fault takes some hundred cycles.</summary>
    private const int PointsForEachTurn = 4;
    private IEnumerator<PreemptionPoint>? _steps;
    private bool _isWaitingForDevice;

    /// <summary>Whether it serves a group.</summary>
    public bool IsBusy => _steps is not null;

    /// <summary>Whether it can go on without the device.</summary>
    public bool CanMove => IsBusy ? !_isWaitingForDevice : HasWork();

    /// <summary>Goes on for one turn.</summary>
    public void Move()
    {
        for (var i = 0; i < PointsForEachTurn; i++)
        {
            _steps ??= Next();
            _isWaitingForDevice = false;
            if (_steps is null)
            {
                return;
            }

            if (!_steps.MoveNext())
            {
                _steps = null;
                continue;
            }

            var kind = _steps.Current.Kind;
            _isWaitingForDevice = kind == PreemptionKind.WaitForDevice;
            if (kind is PreemptionKind.WaitForDevice or PreemptionKind.LockWait or PreemptionKind.SynchronizeWait)
            {
                return;
            }
        }
    }

    private bool HasWork()
    {
        foreach (var function in functions)
        {
            if (function.Agent.PageRequests.HasWork)
            {
                return true;
            }
        }

        return false;
    }

    private IEnumerator<PreemptionPoint>? Next()
    {
        for (var i = 0; i < functions.Count; i++)
        {
            if (functions[i].Agent.PageRequests.TryTake(out var group))
            {
                return Serve(functions[i].Agent, group).GetEnumerator();
            }
        }

        return null;
    }

    private static IEnumerable<PreemptionPoint> Serve(AgentFunction function, PageRequestGroup group)
    {
        var space = function.Pasids.Find(group.Pasid);
        var code = space is null ? PrgResponseCode.InvalidRequest : PrgResponseCode.Success;
        foreach (var page in space is null ? [] : group.Pages)
        {
            var fault = space!.Touch(VirtualRange.OfSize(new VirtualAddress(page.Address), 4096), page.WantsWrite);
            while (fault.Steps.MoveNext())
            {
                yield return fault.Steps.Current;
            }

            code = fault.Signal == Signal.None && fault.Errno == 0 ? code : PrgResponseCode.InvalidRequest;
        }

        function.PageRequests.Respond(group.Index, code, group.Pasid);
    }
}
