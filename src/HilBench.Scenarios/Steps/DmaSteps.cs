using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Scenarios;

/// <summary>Steps that the device does.</summary>
internal static class DmaSteps
{
    private const int LongestTransfer = 4096;
    private static readonly string[] _ends = [.. DmaExpectation.Ends.Keys];

    public static StepBody Read(MapReader map) => Transfer(map, isWrite: false);

    public static StepBody Write(MapReader map) => Transfer(map, isWrite: true);

    /// <summary>Reads and writes 4 bytes at once.</summary>
    public static StepBody Atomic(MapReader map) => Transfer(map, isWrite: true, isAtomic: true);

    /// <summary>Waits until something has happened.</summary>
    public static StepBody Wait(MapReader map)
    {
        var what = map.OneOf("for", "everything", "everything", "dma", "invalidations", "held");
        return what switch
        {
            "dma" => run => run.WaitForDma(),
            "invalidations" => WaitForInvalidations,
            "held" => run => WaitForHeld(run, map.Place),
            _ => run => run.WaitForDma().Concat(WaitForInvalidations(run)),
        };
    }

    /// <summary>Lets the device run for some cycles.</summary>
    public static StepBody Run(MapReader map)
    {
        var cycles = (ulong)map.Integer("cycles", 100, low: 0, high: int.MaxValue);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            run.Bench.RunCycles(cycles);
            yield break;
        }
    }

    private static IEnumerable<Pause> WaitForInvalidations(ScenarioRun run)
    {
        // Another branch may start more meanwhile: those are its own to wait for.
        var tickets = run.Tickets.ToArray();
        foreach (var (queue, ticket) in tickets)
        {
            while (!queue.IsDone(ticket) && !queue.IsQuarantined)
            {
                yield return Pause.Device;
            }
        }

        run.Tickets.RemoveAll(tickets.Contains);
    }

    private static IEnumerable<Pause> WaitForHeld(ScenarioRun run, Place place)
    {
        var deadline = run.Bench.Wire.Now + run.Bench.Options.DeadlineCycles;
        while (run.Bench.Wire.HeldCount == 0)
        {
            if (run.Bench.Wire.Now >= deadline)
            {
                throw place.Error("nothing was held back", "Put a hold step and a DMA step that misses in front.");
            }

            yield return Pause.Device;
        }
    }

    private static Pasid? BoundPasid(ScenarioProcess process, Place place) => process.Binding is not null
        ? process.Pasid
        : throw place.Error($"the device cannot reach '{process.Name}'", "Give the process a PASID, or none, in place of unbound.");

    private static StepBody Transfer(MapReader map, bool isWrite, bool isAtomic = false)
    {
        var atomic = !isAtomic ? DmaAtomic.None
            : map.OneOf("operation", "add", "add", "compare-swap") == "add" ? DmaAtomic.FetchAdd : DmaAtomic.CompareSwap;
        var function = CpuSteps.FunctionOf(map);
        var trafficClass = map.Integer("class", 0, low: 0, high: 7);
        var isExecute = map.Flag("execute");
        var isPrivileged = map.Flag("privileged");
        var asksForPages = map.Flag("page-requests");
        uint? seed = map.Has("seed") ? (uint)map.Integer("seed", 0) : null;
        var process = CpuSteps.ProcessOf(map);
        var isOwnPasid = !map.Has("pasid");
        var pasid = isOwnPasid ? null : CpuSteps.PasidOf(map);
        var at = map.Address("at");
        var size = isAtomic ? 4 : map.Size("size", 64);
        var translations = map.Integer("translations", 1);
        var isNoWrite = map.Flag("no-write");
        var isUntranslated = map.Flag("untranslated");
        var isWaiting = map.Flag("wait", otherwise: true);
        var times = map.Integer("times", 1, low: 0, high: int.MaxValue);
        var burst = map.Integer("burst", 1, low: 1, high: int.MaxValue);
        var stride = map.Has("stride") ? map.Size("stride") : 0;
        var span = map.Size("span", ulong.MaxValue);
        var end = DmaExpectation.Ends[map.OneOf("ends", "done", _ends)];
        if (size > LongestTransfer || size % 4 != 0)
        {
            throw map.PlaceOf("size").Error($"a transfer of {size} bytes is not possible", "Write a multiple of 4 up to 4KiB.");
        }

        if (translations is not (1 or 2 or 4 or 8))
        {
            throw map.PlaceOf("translations").Error($"{translations} translations cannot be asked for", "Write 1, 2, 4 or 8.");
        }

        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            for (var i = 0; i < times; i++)
            {
                var owner = isOwnPasid || function is null ? run.Process(process, map.Place) : null;
                Pasid? context = isOwnPasid ? BoundPasid(owner!, map.Place) : pasid;
                var va = at.Evaluate(run.Names) + (ulong)i * stride % span;
                if (va % 4 != 0 || va > ulong.MaxValue - size)
                {
                    throw map.Place.Error($"0x{va:x} is no address for a transfer of {size} bytes", "Write a multiple of 4.");
                }

                var request = new DmaRequest(va, (int)size, context, isWrite)
                {
                    Seed = seed ?? run.Bench.Choices.NextData(),
                    Function = function ?? owner!.Function,
                    TrafficClass = trafficClass,
                    Atomic = atomic,
                    IsExecute = isExecute,
                    IsPrivileged = isPrivileged,
                    AsksForPages = asksForPages,
                    IsNoWrite = isNoWrite,
                    IsUntranslated = isUntranslated,
                    TranslationsLog2 = BitOperations.Log2((uint)translations),
                };
                // The last of each burst is waited for.
                var isLast = (i + 1) % burst == 0 || i == times - 1;
                foreach (var pause in run.StartDma(request, new DmaExpectation(end), isWaiting && isLast, map.Place))
                {
                    yield return pause;
                }
            }
        }
    }
}
