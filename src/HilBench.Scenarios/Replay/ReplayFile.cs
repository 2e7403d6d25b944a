using System.Globalization;
using HilBench.Checking;
using HilBench.Journal;
using HilBench.TranslationAgent;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>
/// A failure in one file: the program, the choices that made it fail, and how it failed (docs/fuzzing.md). It needs
/// neither the seed nor the version that found it.
/// </summary>
public sealed record ReplayFile
{
    /// <summary>The first key of the file.</summary>
    public const string Schema = "hilbench.replay/1";

    private static readonly Dictionary<string, string> _noVariables = [];

    /// <summary>What it repeats.</summary>
    public required ReplayKind Kind { get; init; }

    /// <summary>Device URI.</summary>
    public required string Device { get; init; }

    /// <summary>Kernel profile.</summary>
    public required string Profile { get; init; }

    /// <summary>Whether the kernel's own known mistakes are reproduced.</summary>
    public bool AsKernel { get; init; }

    /// <summary>Whether warnings are failures.</summary>
    public bool IsStrict { get; init; }

    /// <summary>How ranges are cut into Invalidate Requests.</summary>
    public required string Policy { get; init; }

    /// <summary>Decides what the choices do not say.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How it failed.</summary>
    public required ExpectedFailure Expected { get; init; }

    /// <summary>What chance decided.</summary>
    public required ChoiceRecord Choices { get; init; }

    /// <summary>The scenario as YAML.</summary>
    internal YamlMappingNode Scenario { get; init; } = [];

    /// <summary>The litmus test and its schedule; null: it is a program or a scenario.</summary>
    internal LitmusReplay? Litmus { get; init; }

    /// <summary>Its name.</summary>
    public string Name => Litmus is { } litmus ? litmus.Program.Name : Scenario.Children.TryGetValue(new YamlScalarNode("name"), out var name) ? ((YamlScalarNode)name).Value! : string.Empty;

    /// <summary>Steps that hold no others; of a litmus test those of the schedule.</summary>
    public int Steps => Litmus?.Steps.Count ?? StepTree.Count(Scenario);

    /// <summary>Reads the text of a file.</summary>
    /// <param name="file">Its name in messages.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="InputException">It is damaged; the message says where.</exception>
    public static ReplayFile Read(string file, string text)
    {
        var map = new MapReader(Root(file, text), file, _noVariables, "a replay file");
        if (map.Text("schema") != Schema)
        {
            throw map.PlaceOf("schema").Error($"'{map.Text("schema")}' is no schema of a replay file", $"This bench reads {Schema}.");
        }

        var kind = map.OneOf("kind", "program", "program", "scenario", "litmus");
        var isLitmus = kind == "litmus";
        var scenario = isLitmus ? [] : map.Node("scenario") as YamlMappingNode ?? throw map.PlaceOf("scenario").Error("the scenario must be a mapping", "See docs/fuzzing.md.");
        var policy = map.OneOf("policy", "4k", [.. InvalidationPolicies.Names]);
        var profile = map.Text("profile");
        if (Notifiers.KernelProfile.Find(profile) is null)
        {
            throw map.PlaceOf("profile").Error(
                $"there is no kernel profile '{profile}'", NearestName.Suggest(profile, Notifiers.KernelProfile.All.Select(known => known.Name)));
        }

        var replay = new ReplayFile
        {
            Kind = Enum.Parse<ReplayKind>(kind, ignoreCase: true),
            Device = map.Text("device"),
            Profile = profile,
            AsKernel = map.Flag("as-kernel"),
            IsStrict = map.Flag("strict"),
            Policy = policy,
            Seed = SeedOf(map),
            Expected = ReadExpected(map.Map("expected")),
            Choices = map.Has("choices") ? ReadChoices(map.Map("choices")) : new ChoiceRecord(),
            Scenario = scenario,
            Litmus = isLitmus ? LitmusReplay.Read(map) : null,
        };
        map.Close();
        if (!isLitmus)
        {
            ScenarioFile.ReadOne(file, scenario);
        }

        return replay;
    }

    /// <summary>The text of the file.</summary>
    public string ToText()
    {
        var root = new YamlMappingNode
        {
            { "schema", Schema },
            { "kind", Kind.ToString().ToLowerInvariant() },
            { "device", Device },
            { "profile", Profile },
        };
        AddFlag(root, "as-kernel", AsKernel);
        AddFlag(root, "strict", IsStrict);
        AddText(root, "policy", Litmus is null ? Policy : string.Empty);
        root.Add("seed", Seed.ToString(CultureInfo.InvariantCulture));
        root.Add("expected", WriteExpected());
        var choices = new YamlMappingNode();
        AddText(choices, "turns", ChoiceText.Of(Choices.Turns));
        AddText(choices, "delays", ChoiceText.Of(Choices.Delays));
        AddText(choices, "data", ChoiceText.Of(Choices.Data));
        if (choices.Children.Count > 0)
        {
            root.Add("choices", choices);
        }

        if (Litmus is null)
        {
            root.Add("scenario", Scenario);
        }

        Litmus?.Write(root);
        return StepText.Of(root);
    }

    private static YamlNode Root(string file, string text)
    {
        var documents = YamlText.Load(file, text, "The file is damaged; write it anew, or mend it there.");
        return documents.Count == 1
            ? documents[0].RootNode
            : throw new Place(file, 1, 1).Error(documents.Count == 0 ? "the file is empty" : "the file holds several documents", "A replay file holds one.");
    }

    private static ulong SeedOf(MapReader map) => Quantity.TryParse(map.Text("seed"), out var seed)
        ? seed
        : throw map.PlaceOf("seed").Error($"'{map.Text("seed")}' is no seed", "Write a whole number.");

    private static ExpectedFailure ReadExpected(MapReader map)
    {
        var verdict = map.OneOf("verdict", "failed", "failed", "error") == "failed" ? Verdict.Failed : Verdict.Error;
        var rule = map.Has("rule") ? map.Text("rule") : null;
        if (rule is not null && RuleCatalogue.Find(rule) is null)
        {
            throw map.PlaceOf("rule").Error($"there is no rule '{rule}'", NearestName.Suggest(rule, RuleCatalogue.All.Select(known => known.Id)));
        }

        if (!Quantity.TryParse(map.Text("time"), out var time))
        {
            throw map.PlaceOf("time").Error($"'{map.Text("time")}' is no time", "Write the device cycle.");
        }

        var expected = new ExpectedFailure(verdict, rule, time, map.Text("reason"));
        map.Close();
        return expected;
    }

    private static ChoiceRecord ReadChoices(MapReader map)
    {
        var choices = new ChoiceRecord();
        ChoiceText.Read(map.Text("turns", string.Empty), map.PlaceOf("turns"), choices.Turns);
        ChoiceText.Read(map.Text("delays", string.Empty), map.PlaceOf("delays"), choices.Delays);
        ChoiceText.Read(map.Text("data", string.Empty), map.PlaceOf("data"), choices.Data);
        map.Close();
        return choices;
    }

    private YamlMappingNode WriteExpected()
    {
        var expected = new YamlMappingNode { { "verdict", Expected.Verdict == Verdict.Failed ? "failed" : "error" } };
        AddText(expected, "rule", Expected.Rule ?? string.Empty);
        expected.Add("time", Expected.Time.ToString(CultureInfo.InvariantCulture));
        expected.Add("reason", new YamlScalarNode(Expected.Reason) { Style = ScalarStyle.DoubleQuoted });
        return expected;
    }

    private static void AddText(YamlMappingNode map, string key, string text)
    {
        if (text.Length > 0)
        {
            map.Add(key, text);
        }
    }

    private static void AddFlag(YamlMappingNode map, string key, bool isSet) => AddText(map, key, isSet ? "true" : string.Empty);
}
