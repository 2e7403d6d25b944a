using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Processes begin and end.</summary>
internal static class ProcessOperations
{
    public static IReadOnlyList<OperationDescription> All { get; } =
    [
        new(
            "fork", ["AddressSpace.Fork"], "child, pasid, process",
            "fork; the child is a process by that name, bound to pasid (a number or none)",
            [CallSite.Fork, CallSite.ForkHugetlb, CallSite.Cow, CallSite.ThpSplit])
        {
            Read = CpuSteps.Fork,
        },
        new(
            "exit", ["AddressSpace.Exit"], "process",
            "the process ends; its PASID stands for nothing from then on", [CallSite.ExitMmap])
        {
            Read = CpuSteps.Exit,
        },
        new(
            "exec", ["AddressSpace.Exec"], "process",
            "exec: the process goes on, under the same PASID, in an address space of its own that is empty", [CallSite.ExitMmap])
        {
            Read = Exec,
        },
    ];

    private static StepBody Exec(MapReader map)
    {
        var name = CpuSteps.ProcessOf(map);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            var process = run.Process(name, map.Place);
            var operation = process.Space.Exec();
            foreach (var pause in run.Operation(operation, map.Place))
            {
                yield return pause;
            }

            if (operation.Child is not { } space)
            {
                yield break;
            }

            run.RemoveProcess(name);
            foreach (var pause in run.Adopt(name, space, process.Pasid, isBound: process.Binding is not null, process.Function, map.Place))
            {
                yield return pause;
            }
        }
    }
}
