using System.Reflection;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>The built-in suites, and scenario files of the user's own.</summary>
public static class SuiteCatalogue
{
    private const string ResourcePrefix = "suites/";

    /// <summary>The built-in suites.</summary>
    public static IReadOnlyList<SuiteDescription> All { get; } =
    [
        new("clients", "Subscribers of the notifiers: each known mistake shows what it leads to, and its correct twin does not."),
        new("conformance", "Every rule that this version implements, fast enough for every change."),
        new("full", "Every rule with its least stimulus, all sizes, all PASID bits, sweeps; begins with the suite conformance.")
        {
            Includes = "conformance",
        },
        new("operations", "Every operation of the kernel while the device holds translations: none is used after it returned."),
        new("smoke", "A few seconds: does the device answer, translate, invalidate and drain at all?"),
        new("stress", "Random mixtures of everything at once, for as long as one likes: --minutes N, or --repeat N."),
    ];

    /// <summary>The scenarios of a suite, in the order in which they run.</summary>
    /// <param name="suite">A built-in suite's name, or the path of a scenario file or of a folder of them.</param>
    /// <exception cref="InputException">There is no such suite or file, or a file is wrong.</exception>
    public static IReadOnlyList<ScenarioDescription> Scenarios(string suite) =>
        [.. Load(suite).Select(scenario => new ScenarioDescription(scenario.Name, scenario.About, scenario.Rules))];

    internal static IReadOnlyList<Scenario> Load(string suite)
    {
        if (All.FirstOrDefault(known => known.Name == suite) is { } builtIn)
        {
            var own = BuiltIn(suite).SelectMany(file => ScenarioFile.Read(file.Name, file.Text));
            return builtIn.Includes is { } included ? [.. Load(included), .. own] : [.. own];
        }

        if (File.Exists(suite))
        {
            return ScenarioFile.Read(suite, File.ReadAllText(suite));
        }

        if (Directory.Exists(suite))
        {
            var files = Directory.GetFiles(suite, "*.yaml").Order(StringComparer.Ordinal).ToList();
            return files.Count > 0
                ? [.. files.SelectMany(file => ScenarioFile.Read(file, File.ReadAllText(file)))]
                : throw new InputException($"the folder '{suite}' holds no scenario files", "Their names end in .yaml.");
        }

        throw new InputException(
            $"there is no suite and no file '{suite}'", NearestName.Suggest(suite, All.Select(known => known.Name)));
    }

    private static IEnumerable<(string Name, string Text)> BuiltIn(string suite)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.StartsWith($"{ResourcePrefix}{suite}/", StringComparison.Ordinal))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                yield return (name, reader.ReadToEnd());
            }
        }
    }
}
