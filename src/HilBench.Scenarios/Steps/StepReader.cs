using HilBench.Journal;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Reads steps: a mapping with one key, the step's name.</summary>
internal static class StepReader
{
    private delegate StepBody Reader(MapReader map);

    private static readonly SortedDictionary<string, Reader> _readers = WithOperations(new(StringComparer.Ordinal)
    {
        ["dma-read"] = DmaSteps.Read,
        ["dma-write"] = DmaSteps.Write,
        ["dma-atomic"] = DmaSteps.Atomic,
        ["wait"] = DmaSteps.Wait,
        ["run"] = DmaSteps.Run,
        ["invalidate"] = AgentSteps.Invalidate,
        ["race"] = AgentSteps.Race,
        ["hold"] = AgentSteps.Hold,
        ["release"] = AgentSteps.Release,
        ["grant"] = AgentSteps.Grant,
        ["translation-requests"] = AgentSteps.TranslationRequests,
        ["timing"] = AgentSteps.Timing,
        ["ats"] = LifeCycleSteps.Ats,
        ["bind"] = LifeCycleSteps.Bind,
        ["flr"] = LifeCycleSteps.FunctionReset,
        ["power"] = LifeCycleSteps.Power,
        ["hot-reset"] = LifeCycleSteps.HotReset,
        ["renumber"] = LifeCycleSteps.Renumber,
        ["invalidate-without-ats"] = LifeCycleSteps.InvalidateWithoutAts,
        ["page-requests"] = PageRequestSteps.Configure,
        ["page-request-status"] = PageRequestSteps.Status,
        ["prg-response"] = PageRequestSteps.Respond,
        ["stop-marker"] = PageRequestSteps.Stop,
        ["bus-master"] = AgentSteps.BusMaster,
        ["mmio-read"] = AgentSteps.MmioRead,
        ["mmio-write"] = ConfigurationSteps.MmioWrite,
        ["pasid"] = ConfigurationSteps.Pasid,
        ["probe"] = ConfigurationSteps.Probe,
        ["answer"] = TamperSteps.Answer,
        ["guest"] = AgentSteps.Guest,
        ["send"] = TamperSteps.Send,
        ["announce"] = CpuSteps.Announce,
        ["client-fault"] = ClientSteps.Fault,
        ["client-read"] = ClientSteps.Read,
        ["client-write"] = ClientSteps.Write,
        ["client-work"] = ClientSteps.Work,
        ["finding"] = ClientSteps.Finding,
        ["begin"] = ThreadSteps.Begin,
        ["go"] = ThreadSteps.Go,
        ["repeat"] = ControlSteps.Repeat,
        ["together"] = ControlSteps.Together,
    });

    /// <summary>The names of all steps.</summary>
    public static IEnumerable<string> Names => _readers.Keys;

    /// <summary>Reads a list of steps.</summary>
    public static IReadOnlyList<Step> ReadAll(MapReader owner, string key) =>
        [.. owner.List(key).Select(node => Read(owner, node))];

    /// <summary>What a step of that name does; null: there is none.</summary>
    public static StepBody? Read(string name, MapReader arguments) =>
        _readers.TryGetValue(name, out var reader) ? reader(arguments) : null;

    /// <summary>Runs steps one after the other.</summary>
    public static IEnumerable<Pause> Sequence(IReadOnlyList<Step> steps, ScenarioRun run)
    {
        foreach (var step in steps)
        {
            if (run.IsTolerant)
            {
                using var pauses = new TolerantSteps(step, run);
                while (pauses.MoveNext())
                {
                    yield return pauses.Current;
                }

                continue;
            }

            foreach (var pause in step.Body(run))
            {
                yield return pause;
            }
        }
    }

    /// <summary>The operations of the kernel that steps call, those inside other steps too, each once.</summary>
    public static IEnumerable<string> OperationsIn(YamlNode steps)
    {
        var names = new List<string>();
        Collect(steps, names);
        return names.Where(name => OperationCatalogue.Find(name) is not null).Distinct();
    }

    private static void Collect(YamlNode node, List<string> names)
    {
        foreach (var step in (node as YamlSequenceNode)?.Children.OfType<YamlMappingNode>() ?? [])
        {
            foreach (var (key, value) in step.Children)
            {
                var name = (key as YamlScalarNode)?.Value ?? string.Empty;
                names.Add(name);
                Collect(value, names);
                foreach (var inner in (value as YamlMappingNode)?.Children.Values.OfType<YamlSequenceNode>() ?? [])
                {
                    Collect(inner, names);
                }
            }
        }
    }

    private static SortedDictionary<string, Reader> WithOperations(SortedDictionary<string, Reader> readers)
    {
        foreach (var operation in OperationCatalogue.All)
        {
            readers.Add(operation.Id, map => operation.Read(map));
        }

        return readers;
    }

    private static Step Read(MapReader owner, YamlNode node)
    {
        var step = owner.Map(node, "a step");
        var name = step.Keys.FirstOrDefault() ?? throw step.Place.Error("a step has no name", NearestName.Suggest(string.Empty, _readers.Keys));
        if (!_readers.TryGetValue(name, out var reader))
        {
            throw step.Place.Error($"unknown step '{name}'", NearestName.Suggest(name, _readers.Keys));
        }

        var arguments = step.Map(name);
        step.Close();
        var body = reader(arguments);
        arguments.Close();
        return new Step(name, step.Place, body);
    }
}
