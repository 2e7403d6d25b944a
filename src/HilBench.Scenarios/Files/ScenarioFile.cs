using System.Globalization;
using HilBench.Checking;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.Pcie;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Reads scenario files (docs/scenarios.md). Every combination of a scenario's variables becomes one scenario.</summary>
internal static class ScenarioFile
{
    private const int CombinationsMax = 10_000;
    private const string NoDevice = "unbound";
    private const ulong DefaultMemory = 256 << 20;
    private static readonly Dictionary<string, string> _noVariables = [];

    /// <summary>Reads the text of a file.</summary>
    /// <param name="file">Its name in messages.</param>
    /// <param name="text">Its content.</param>
    public static IReadOnlyList<Scenario> Read(string file, string text)
    {
        var documents = YamlText.Load(file, text, "Mind the indentation.");
        if (documents.Count == 0)
        {
            throw new Place(file, 1, 1).Error("the file is empty", "See docs/scenarios.md for its form.");
        }

        if (documents.Count > 1)
        {
            throw Place.At(file, documents[1].RootNode.Start).Error("a second document begins here", "Put all scenarios into one list.");
        }

        var map = new MapReader(documents[0].RootNode, file, _noVariables, "a scenario file");
        if (map.Text("version") != "1")
        {
            throw map.PlaceOf("version").Error("unknown version of the scenario format", "This bench reads version 1.");
        }

        var scenarios = map.List("scenarios").SelectMany(node => Expand(file, node)).ToList();
        map.Close();
        CheckUnique(scenarios);
        return scenarios;
    }

    /// <summary>Reads one scenario without variables.</summary>
    /// <param name="file">Its name in messages.</param>
    /// <param name="node">The scenario.</param>
    public static Scenario ReadOne(string file, YamlNode node) => ReadOne(file, node, _noVariables, _noVariables);

    private static void CheckUnique(List<Scenario> scenarios)
    {
        var seen = new HashSet<string>();
        foreach (var scenario in scenarios)
        {
            if (!seen.Add(scenario.Name))
            {
                throw scenario.Place.Error($"there are two scenarios named '{scenario.Name}'", "Put the variables into the name, as in '{size}'.");
            }
        }
    }

    private static IEnumerable<Scenario> Expand(string file, YamlNode node)
    {
        var map = new MapReader(node, file, _noVariables, "a scenario");
        List<(Dictionary<string, string> Labels, Dictionary<string, string> Values)> combinations = [([], [])];
        if (map.Has("with"))
        {
            var with = map.Map("with");
            foreach (var variable in with.Keys.ToList())
            {
                combinations = [.. combinations.SelectMany(combination => Extend(file, with.Node(), variable, combination.Labels, combination.Values))];
                if (combinations.Count > CombinationsMax)
                {
                    throw with.PlaceOf(variable).Error($"more than {CombinationsMax} combinations", "Split the scenario.");
                }
            }
        }

        return combinations.Select(combination => ReadOne(file, node, combination.Labels, combination.Values));
    }

    // A variable's values may use the variables in front of it.
    private static IEnumerable<(Dictionary<string, string> Labels, Dictionary<string, string> Values)> Extend(
        string file, YamlNode node, string variable, Dictionary<string, string> labels, Dictionary<string, string> values)
    {
        var with = new MapReader(node, file, values, "'with'");
        return Choices(with, variable)
            .Select(choice => (Add(labels, variable, choice.Label), Add(values, variable, choice.Value)));
    }

    private static Dictionary<string, string> Add(Dictionary<string, string> variables, string name, string value) =>
        new(variables) { [name] = value };

    // A list of values, a range "-8..8", or a mapping of labels (for names) to values (for steps).
    private static List<(string Label, string Value)> Choices(MapReader with, string variable)
    {
        if (with.Node(variable) is YamlMappingNode)
        {
            var labels = with.Map(variable);
            return [.. labels.Keys.ToList().Select(label => (label, labels.Text(label)))];
        }

        var texts = with.Texts(variable);
        if (texts.Count == 1 && texts[0].Split("..") is [var from, var to] &&
            int.TryParse(from, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var low) &&
            int.TryParse(to, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var high))
        {
            if ((long)high - low is < 0 or >= CombinationsMax)
            {
                throw with.PlaceOf(variable).Error($"the range '{texts[0]}' holds no values or too many", $"Write the smaller number first; at most {CombinationsMax} values.");
            }

            return [.. Enumerable.Range(low, high - low + 1).Select(n => n.ToString(CultureInfo.InvariantCulture)).Select(n => (n, n))];
        }

        return texts.Count > 0
            ? [.. texts.Select(text => (text, text))]
            : throw with.PlaceOf(variable).Error($"'{variable}' has no values", "Write a list, a range such as -8..8, or labels with values.");
    }

    private static Scenario ReadOne(
        string file, YamlNode node, Dictionary<string, string> labels, Dictionary<string, string> values)
    {
        var map = new MapReader(node, file, values, "a scenario");
        var names = new MapReader(node, file, labels, "a scenario");
        map.Has("with");
        map.Has("name");
        map.Has("about");
        var scenario = new Scenario
        {
            Name = names.Text("name"),
            About = names.Text("about"),
            Rules = Rules(map),
            Needs = Needs(map),
            Processes = Processes(map),
            Unbound = Unbound(map),
            Profile = Profile(map, "profile"),
            Since = Profile(map, "since"),
            Until = Profile(map, "until"),
            IsAsKernel = map.OneOf("as-kernel", "false", "false", "true") == "true",
            Experiment = Experiment(map),
            Operations = [.. StepReader.OperationsIn(map.Node("steps"))],
            MemoryBytes = map.Size("memory", DefaultMemory),
            IsTolerant = map.Flag("tolerant"),
            LatencyCycles = map.Integer("latency", 16, low: 1, high: 1_000_000),
            Levels = map.OneOf("levels", "4", "4", "5") == "5" ? 5 : 4,
            AddressBits = map.Has("address-bits") ? map.Integer("address-bits", 0, low: 48, high: 64) : null,
            Agent = map.Has("agent") ? new RequesterId((ushort)map.Integer("agent", 0, low: 0, high: ushort.MaxValue)) : null,
            Steps = StepReader.ReadAll(map, "steps"),
            Place = map.Place,
            Source = ((YamlMappingNode)node, values),
        };
        map.Close();
        return scenario;
    }

    private static IReadOnlyList<string> Rules(MapReader map)
    {
        var rules = map.Texts("rules");
        foreach (var rule in rules)
        {
            if (RuleCatalogue.Find(rule) is null)
            {
                throw map.PlaceOf("rules").Error($"there is no rule '{rule}'", NearestName.Suggest(rule, RuleCatalogue.All.Select(known => known.Id)));
            }
        }

        return rules;
    }

    private static IReadOnlyList<string> Needs(MapReader map)
    {
        var needs = map.Texts("needs");
        foreach (var need in needs)
        {
            if (!DeviceNeed.Names.Contains(need))
            {
                throw map.PlaceOf("needs").Error($"'{need}' is nothing that a device can have", NearestName.Suggest(need, DeviceNeed.Names));
            }
        }

        return needs;
    }

    private static IReadOnlyList<string> Unbound(MapReader map)
    {
        if (!map.Has("processes"))
        {
            return [];
        }

        var processes = map.Map("processes");
        return [.. processes.Keys.Where(name => processes.Map(name).Text("pasid") == NoDevice).ToList()];
    }

    private static KernelProfile? Profile(MapReader map, string key)
    {
        if (!map.Has(key))
        {
            return null;
        }

        var name = map.Text(key);
        return KernelProfile.Find(name) ?? throw map.PlaceOf(key).Error(
            $"there is no kernel profile '{name}'", NearestName.Suggest(name, KernelProfile.All.Select(profile => profile.Name)));
    }

    // Such as "zap-range: missing-start-end"; the bad patterns that lie in the kernel have their number, too.
    private static (CallSite Site, SiteExperiment Experiment)? Experiment(MapReader map)
    {
        if (!map.Has("experiment"))
        {
            return null;
        }

        var sites = KebabNames<CallSite>();
        var experiments = KebabNames<SiteExperiment>();
        experiments["B7"] = SiteExperiment.EndInPagesNotBytes;
        experiments["B8"] = SiteExperiment.StartUnaligned;
        experiments["B20"] = SiteExperiment.MissingStartEnd;
        var parts = map.Text("experiment").Split(':', StringSplitOptions.TrimEntries);
        var place = map.PlaceOf("experiment");
        if (parts.Length != 2 || !sites.TryGetValue(parts[0], out var site))
        {
            throw place.Error($"'{parts[0]}' is no call site", NearestName.Suggest(parts[0], sites.Keys));
        }

        return experiments.TryGetValue(parts[1], out var experiment)
            ? (site, experiment)
            : throw place.Error($"'{parts[1]}' is no experiment", NearestName.Suggest(parts[1], experiments.Keys));
    }

    private static Dictionary<string, T> KebabNames<T>()
        where T : struct, Enum => Enum.GetValues<T>().ToDictionary(value => ClientSteps.ToKebab(value.ToString()));

    private static IReadOnlyList<(string Name, Pcie.Pasid? Pasid, int Function)> Processes(MapReader map)
    {
        if (!map.Has("processes"))
        {
            return [("main", new Pcie.Pasid(1), 0)];
        }

        var processes = map.Map("processes");
        return
        [
            .. processes.Keys.ToList().Select(name =>
            {
                var process = processes.Map(name);
                Pcie.Pasid? pasid = process.Text("pasid") == NoDevice ? null : CpuSteps.PasidOf(process);
                var function = CpuSteps.FunctionOf(process) ?? 0;
                process.Close();
                return (name, pasid, function);
            }),
        ];
    }
}
