using HilBench.Journal;
using YamlDotNet.RepresentationModel;
using static HilBench.Scenarios.StepText;

namespace HilBench.Scenarios;

/// <summary>Writes random programs in the form of scenario files.</summary>
/// <param name="choice">The program's chance.</param>
/// <param name="features">What the program has.</param>
/// <param name="known">The CPU operations that it may use.</param>
internal sealed class ProgramGenerator(SeededChoice choice, FuzzFeatures features, IReadOnlyList<FuzzOperation> known)
{
    private const ulong FirstAddress = 0x4000_0000;
    private const ulong AddressStride = 0x4000_0000;
    private const ulong HugePage = 2 << 20;
    private const string Memory = "64MiB";

    /// <summary>Operations of the streams that outlast the deadline of an invalidation, with slow reads.</summary>
    private const int LongStream = 400;
    private const int LongStreams = 3;

    /// <summary>Rounds of the stream beside CPUs that take long, at most: other programs show more than the same for longer.</summary>
    private const int RoundsMax = 12;

    /// <summary>DMA steps once the CPUs rest, at most: what an operation should have ended shows then, too.</summary>
    private const int TailMax = 8;

    /// <summary>A program under a name.</summary>
    public YamlMappingNode Write(string name)
    {
        var processes = Processes();
        var mappings = Mappings();
        var steps = new YamlSequenceNode();
        foreach (var step in Prologue(processes, mappings))
        {
            steps.Add(step);
        }

        var everybody = Fork(processes, steps);
        var aim = new FuzzAim(choice, mappings, everybody);
        var traffic = new FuzzTraffic(aim, features);
        steps.Add(traffic.Timing(isFirst: true));
        for (var rounds = choice.Between(1, 2); rounds > 0; rounds--)
        {
            steps.Add(Together(Branches(aim, traffic), features.DeviceCycles));
            for (var count = choice.Between(2, TailMax); count > 0; count--)
            {
                steps.Add(traffic.Dma(choice.Between(1, 24)));
            }

            steps.Add(Step("wait"));
        }

        return new YamlMappingNode
        {
            { "name", name },
            { "about", "A random program." },
            { "tolerant", "true" },
            { "latency", Number(features.Latency) },
            { "memory", Memory },
            { "processes", new YamlMappingNode(processes.Select(ProcessNode)) },
            { "steps", steps },
        };
    }

    private static KeyValuePair<YamlNode, YamlNode> ProcessNode(FuzzProcess process)
    {
        var keys = new YamlMappingNode { Style = YamlDotNet.Core.Events.MappingStyle.Flow };
        keys.Add("pasid", process.PasidText);
        if (process.Function > 0)
        {
            keys.Add("function", Number(process.Function));
        }

        return new(process.Name, keys);
    }

    private List<FuzzProcess> Processes()
    {
        var processes = new List<FuzzProcess>();
        for (var i = 0; i < features.Processes; i++)
        {
            var pasid = FuzzFeatures.OneOf<uint>(choice, 0, 1, 5, 0x10005, 0xFFFFF) ^ (uint)(i << 8);
            var function = features.HasSecondFunction && i > 0 ? 1 : 0;
            processes.Add(new FuzzProcess($"p{i}", i == 0 && choice.Chance(12) ? null : pasid, function));
        }

        return processes;
    }

    private List<FuzzMapping> Mappings()
    {
        var mappings = new List<FuzzMapping>();
        foreach (var kind in Enum.GetValues<MappingKind>())
        {
            if ((features.Mappings >> (int)kind & 1) == 0)
            {
                continue;
            }

            var isHuge = kind is MappingKind.Huge or MappingKind.Hugetlb;
            var size = isHuge ? HugePage * (1 + choice.Below(2)) : 4096 * (ulong)(features.HotPages + choice.Between(1, 16));
            var address = FirstAddress + ((ulong)kind * AddressStride) + (choice.Chance(30) ? 1UL << 38 : 0);
            mappings.Add(new FuzzMapping($"m{(int)kind}", kind, address, size, HotPages(size, isHuge)));
        }

        return mappings;
    }

    // Neighbours, and in large pages also the first and the last ones.
    private List<ulong> HotPages(ulong size, bool isHuge)
    {
        var pages = new SortedSet<ulong>();
        var middle = isHuge ? choice.Below(size / 4096) : 0;
        while (pages.Count < features.HotPages)
        {
            var page = isHuge && choice.Chance(25)
                ? FuzzFeatures.OneOf<ulong>(choice, 0, 1, (HugePage / 4096) - 1, (size / 4096) - 1)
                : middle + choice.Below((ulong)features.HotPages + 1);
            pages.Add(page % (size / 4096) * 4096);
        }

        return [.. pages];
    }

    private IEnumerable<YamlMappingNode> Prologue(List<FuzzProcess> processes, List<FuzzMapping> mappings)
    {
        if (features.HasPermissions)
        {
            yield return Step("pasid", ("execute", "true"), ("privileged", "true"));
        }

        if (features.HasPageRequests)
        {
            yield return Step("page-requests", ("enable", "true"), ("mode", "serve"));
        }

        foreach (var mapping in mappings)
        {
            if (mapping.File is { } file)
            {
                yield return Step("file", ("name", file), ("size", Hex(mapping.SizeBytes)), ("on", FuzzFeatures.OneOf(choice, "memory", "disk", "disk", "dax")));
            }

            foreach (var process in processes)
            {
                yield return FuzzOperations.Map(mapping, process.Name);
                foreach (var page in mapping.HotPages.Where(_ => choice.Chance(features.IsSlow ? 100 : 80)))
                {
                    yield return Step("write", ("at", FuzzAim.At(mapping, page)), ("process", process.Name));
                }
            }
        }
    }

    private List<FuzzProcess> Fork(List<FuzzProcess> processes, YamlSequenceNode steps)
    {
        var everybody = new List<FuzzProcess>(processes);
        for (var i = 0; i < features.Forks; i++)
        {
            var parent = everybody[(int)choice.Below((ulong)everybody.Count)];
            var child = new FuzzProcess($"c{i}", 0x100u + (uint)i, parent.Function);
            steps.Add(Step("fork", ("child", child.Name), ("pasid", child.PasidText), ("function", Number(child.Function)), ("process", parent.Name)));
            everybody.Add(child);
        }

        return everybody;
    }

    private List<YamlSequenceNode> Branches(FuzzAim aim, FuzzTraffic traffic)
    {
        var branches = new List<YamlSequenceNode>();
        var operations = known.Where(operation => (features.Operations >> (int)operation.Group & 1) != 0).ToList();
        operations = operations.Count > 0 ? operations : [.. known];
        var weight = operations.Sum(operation => operation.Weight);
        for (var cpu = 0; cpu < features.Cpus; cpu++)
        {
            var steps = new YamlSequenceNode();
            for (var count = features.IsSlow ? choice.Between(2, 6) : choice.Between(10, 40) / features.Cpus; count > 0; count--)
            {
                foreach (var step in Draw(operations, weight).Make(aim))
                {
                    steps.Add(step);
                }
            }

            branches.Add(steps);
        }

        for (var i = 0; i < features.Streams; i++)
        {
            branches.Add(Stream(traffic));
        }

        if (features.HasSpuriousInvalidations || features.HoldsCompletions)
        {
            var agent = new YamlSequenceNode();
            for (var count = choice.Between(8, 30); count > 0; count--)
            {
                foreach (var step in traffic.Agent())
                {
                    agent.Add(step);
                }
            }

            branches.Add(agent);
        }

        return branches;
    }

    // DMA as long as the CPUs are at work: an operation that meets none shows nothing.
    private YamlSequenceNode Stream(FuzzTraffic traffic)
    {
        var dma = new YamlSequenceNode();
        for (var count = features.IsSlow ? LongStreams : 0; count > 0; count--)
        {
            dma.Add(traffic.Dma(LongStream));
        }

        var stream = new YamlSequenceNode();
        for (var count = choice.Between(20, 50) / features.Streams; count > 0; count--)
        {
            stream.Add(traffic.Dma(choice.Between(1, 24)));
        }

        dma.Add(WhileOthers(stream, RoundsMax));
        return dma;
    }

    private FuzzOperation Draw(List<FuzzOperation> operations, int weight)
    {
        var at = (int)choice.Below((ulong)weight);
        foreach (var operation in operations)
        {
            at -= operation.Weight;
            if (at < 0)
            {
                return operation;
            }
        }

        return operations[^1];
    }
}
