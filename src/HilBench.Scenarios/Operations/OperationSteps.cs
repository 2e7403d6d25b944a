using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Reads the keys that many operations share, and makes steps that run one operation to its end.</summary>
internal static class OperationSteps
{
    /// <summary>A step on the range of the keys "at" and "size".</summary>
    public static StepBody OnRange(MapReader map, Func<AddressSpace, VirtualRange, CpuOperation> operation) =>
        OnRange(map, (_, space, range) => operation(space, range));

    /// <summary>The same, for an operation that needs to know the run.</summary>
    public static StepBody OnRange(MapReader map, Func<ScenarioRun, AddressSpace, VirtualRange, CpuOperation> operation)
    {
        var at = map.Address("at");
        var size = map.Size("size", 4096);
        return OnProcess(map, (run, space) => operation(run, space, RangeOf(run, at, size, map.Place)));
    }

    /// <summary>A step on the whole process.</summary>
    public static StepBody OnProcess(MapReader map, Func<AddressSpace, CpuOperation> operation) =>
        OnProcess(map, (_, space) => operation(space));

    /// <summary>The same, for an operation that needs to know the run.</summary>
    /// <param name="map">The step's keys.</param>
    /// <param name="operation">Makes it.</param>
    /// <param name="tolerated">An error number that is no mistake of the scenario.</param>
    public static StepBody OnProcess(
        MapReader map, Func<ScenarioRun, AddressSpace, CpuOperation> operation, int tolerated = 0)
    {
        var process = CpuSteps.ProcessOf(map);
        return run => run.Operation(operation(run, run.Process(process, map.Place).Space), map.Place, tolerated);
    }

    /// <summary>A step on a file.</summary>
    public static StepBody OnFile(MapReader map, Func<ScenarioRun, AddressSpace, MemoryFile, CpuOperation> operation)
    {
        var file = map.Name("file");
        return OnProcess(map, (run, space) => operation(run, space, run.File(file, map.Place)));
    }

    /// <summary>A step that takes no time and is no operation.</summary>
    public static StepBody Now(MapReader map, Action<ScenarioRun, AddressSpace> action)
    {
        var process = CpuSteps.ProcessOf(map);
        return Body;

        IEnumerable<Pause> Body(ScenarioRun run)
        {
            action(run, run.Process(process, map.Place).Space);
            yield break;
        }
    }

    /// <summary>An offset in a file or a number of bytes, 0 unless given.</summary>
    public static ulong Offset(MapReader map, string key) =>
        map.Has(key) ? map.Address(key).Evaluate(new Dictionary<string, ulong>()) : 0;

    public static VirtualRange RangeOf(ScenarioRun run, AddressExpression at, ulong size, Place place)
    {
        var start = at.Evaluate(run.Names);
        return start <= ulong.MaxValue - size
            ? VirtualRange.OfSize(new VirtualAddress(start), size)
            : throw place.Error($"0x{start:x} + {size} bytes goes beyond the last address", "Stay below 2^64.");
    }
}
