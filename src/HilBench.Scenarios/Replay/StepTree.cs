using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>The lists of steps of a scenario, and changes that leave the scenario itself as it was.</summary>
internal static class StepTree
{
    private static readonly string[] _holders = ["steps", "branches"];

    /// <summary>All lists of steps and of branches, outer ones first.</summary>
    public static List<YamlSequenceNode> Lists(YamlMappingNode scenario)
    {
        var lists = new List<YamlSequenceNode>();
        Collect(scenario, lists);
        return lists;
    }

    /// <summary>Steps that hold no others.</summary>
    public static int Count(YamlMappingNode scenario)
    {
        var count = 0;
        foreach (var list in Lists(scenario))
        {
            foreach (var step in list.Children)
            {
                count += Arguments(step) is { } arguments && Holds(arguments) ? 0 : step is YamlMappingNode map && map.Children.ContainsKey("steps") ? 0 : 1;
            }
        }

        return count;
    }

    /// <summary>The name of a step; null: it is a branch.</summary>
    public static string? NameOf(YamlNode step) =>
        step is YamlMappingNode { Children.Count: 1 } map && map.Children[0].Key is YamlScalarNode { Value: { } name } && name != "steps" ? name : null;

    /// <summary>The keys of a step; null: it is a branch.</summary>
    public static YamlMappingNode? Arguments(YamlNode step) =>
        NameOf(step) is not null ? ((YamlMappingNode)step).Children[0].Value as YamlMappingNode : null;

    /// <summary>The YAML of a scenario with the values of its variables put in.</summary>
    public static YamlMappingNode Resolve(Scenario scenario)
    {
        var (node, values) = scenario.Source;
        var resolved = Copy(node);
        resolved.Children.Remove(new YamlScalarNode("with"));
        Fill(resolved, values);
        resolved.Children[new YamlScalarNode("name")] = new YamlScalarNode(scenario.Name);
        resolved.Children[new YamlScalarNode("about")] = new YamlScalarNode(scenario.About);
        return resolved;
    }

    private static void Fill(YamlNode node, IReadOnlyDictionary<string, string> values)
    {
        foreach (var scalar in node.AllNodes.OfType<YamlScalarNode>())
        {
            foreach (var (name, value) in values)
            {
                scalar.Value = scalar.Value?.Replace($"{{{name}}}", value, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>A copy that shares nothing.</summary>
    public static T Copy<T>(T node)
        where T : YamlNode => (T)(YamlNode)(node switch
        {
            YamlScalarNode scalar => new YamlScalarNode(scalar.Value) { Style = scalar.Style },
            YamlSequenceNode list => new YamlSequenceNode(list.Children.Select(Copy)) { Style = list.Style },
            YamlMappingNode map => new YamlMappingNode(map.Children.Select(pair => new KeyValuePair<YamlNode, YamlNode>(Copy(pair.Key), Copy(pair.Value)))) { Style = map.Style },
            _ => throw new InvalidOperationException("bug: an alias in a scenario"),
        });

    /// <summary>Whether a step's keys hold steps or branches.</summary>
    public static bool Holds(YamlMappingNode arguments) => arguments.Children.Keys.Any(IsHolder);

    private static bool IsHolder(YamlNode key) => key is YamlScalarNode { Value: { } name } && _holders.Contains(name);

    private static void Collect(YamlMappingNode map, List<YamlSequenceNode> lists)
    {
        foreach (var (key, value) in map.Children)
        {
            if (IsHolder(key) && value is YamlSequenceNode list)
            {
                lists.Add(list);
                foreach (var step in list.Children.OfType<YamlMappingNode>())
                {
                    Collect(Arguments(step) ?? step, lists);
                }
            }
        }
    }
}
