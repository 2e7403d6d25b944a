using HilBench.Scenarios.KernelTraces.Steps;

namespace HilBench.Scenarios.KernelTraces;

/// <summary>Does one step on the engine and says what it answered.</summary>
internal delegate StepOutcome StepHandler(TraceMachine machine, TraceStep step);

/// <summary>
/// Which handler does a step of that name. A step is added by one line in <c>AddTo</c> of its topic's class in Steps.
/// </summary>
internal sealed class StepTable
{
    private readonly Dictionary<string, StepHandler> _handlers = [];

    /// <summary>Every step that the engine models.</summary>
    public static StepTable All { get; } = Make();

    /// <summary>The names, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _handlers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds a step.</summary>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public void Add(string name, StepHandler handler) => _handlers.Add(name, handler);

    /// <summary>Does a step.</summary>
    /// <exception cref="StepNotModelledException">The engine has no such operation.</exception>
    public StepOutcome Run(TraceMachine machine, TraceStep step) =>
        _handlers.TryGetValue(step.Op, out var handler) ? handler(machine, step) : throw new StepNotModelledException(step.Op);

    private static StepTable Make()
    {
        var table = new StepTable();
        MappingSteps.AddTo(table);
        AccessSteps.AddTo(table);
        FileSteps.AddTo(table);
        ProcessSteps.AddTo(table);
        NotifierSteps.AddTo(table);
        PinSteps.AddTo(table);
        PlacementSteps.AddTo(table);
        ReclaimSteps.AddTo(table);
        KsmSteps.AddTo(table);
        UffdSteps.AddTo(table);
        DeviceSteps.AddTo(table);
        UprobeSteps.AddTo(table);
        LargeFolioSteps.AddTo(table);
        return table;
    }
}
