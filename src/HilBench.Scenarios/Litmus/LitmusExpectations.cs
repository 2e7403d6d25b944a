using System.Reflection;
using HilBench.Journal;
using HilBench.Notifiers;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>
/// The expected table (suites/litmus/expected.yaml): which kernels, placements and mistakes show what a litmus test forbids,
/// written down from the text of the notifier specification.
/// </summary>
internal static class LitmusExpectations
{
    private const string Resource = "suites/litmus/expected.yaml";
    private static readonly Dictionary<string, string> _noVariables = [];

    /// <summary>The table of the repository.</summary>
    public static IReadOnlyList<LitmusExpectation> Load()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!);
        return Read(reader.ReadToEnd(), Resource);
    }

    /// <summary>Reads a table.</summary>
    /// <exception cref="InputException">It is wrong; with file, line and column.</exception>
    public static IReadOnlyList<LitmusExpectation> Read(string text, string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var map = new MapReader(stream.Documents[0].RootNode, file, _noVariables, "the expected table");
        if (map.Text("version") != "1")
        {
            throw map.PlaceOf("version").Error("unknown version of the expected table", "This bench reads version 1.");
        }

        var expected = map.List("expected").SelectMany(node => Test(map.Map(node, "a test"))).ToList();
        map.Close();
        return expected;
    }

    private static List<LitmusExpectation> Test(MapReader map)
    {
        var name = map.Text("test");
        var cases = map.List("cases").Select(node => Case(name, map.Map(node, "a case"))).ToList();
        map.Close();
        return cases;
    }

    private static LitmusExpectation Case(string test, MapReader map)
    {
        var faults = map.Texts("client-fault").Select(fault => fault.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[^1]);
        var expected = new LitmusExpectation
        {
            Test = test,
            Kernels = Kernels(map),
            Placements = [.. map.Texts("placement").Select(LitmusKernelOptions.Placement)],
            Experiments = [.. map.Texts("experiment").Select(LitmusKernelOptions.Experiment)],
            IsAsKernel = map.Flag("as-kernel"),
            DeviceFault = map.Has("device-fault") ? map.Text("device-fault") : null,
            ClientFaults = faults,
            IsReachable = map.OneOf("forbidden", map.Text("forbidden"), "reachable", "unreachable") == "reachable",
            Witness = map.Has("witness") ? LitmusSchedule.Parse(map.Text("witness"), map.PlaceOf("witness")) : null,
            Because = map.Text("because"),
            Place = map.Place,
        };
        map.Close();
        return expected;
    }

    // "all", or "linux-4.15..linux-6.1".
    private static IReadOnlyList<KernelProfile> Kernels(MapReader map)
    {
        var text = map.Text("kernels");
        var ends = text == "all" ? [KernelProfile.All[0].Name, KernelProfile.All[^1].Name] : text.Split("..");
        var (first, last) = (Find(map, ends[0]), Find(map, ends[^1]));
        return [.. KernelProfile.All.Where(profile => profile.Version >= first.Version && profile.Version <= last.Version)];
    }

    private static KernelProfile Find(MapReader map, string name) => KernelProfile.Find(name) ?? throw map.PlaceOf("kernels").Error(
        $"there is no kernel profile '{name}'", NearestName.Suggest(name, KernelProfile.All.Select(profile => profile.Name)));
}
