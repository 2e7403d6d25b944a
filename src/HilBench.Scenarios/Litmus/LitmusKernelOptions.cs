using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Reads what a litmus file, or the command line, says of the kernel, the device and the processes.</summary>
internal static class LitmusKernelOptions
{
    private static readonly SortedDictionary<string, CallSite> _sites = Names<CallSite>();
    private static readonly SortedDictionary<string, SiteExperiment> _experiments = Names<SiteExperiment>();

    /// <summary>A placement as the command line has it: <c>cow=E</c>.</summary>
    /// <exception cref="InputException">There is no such site or code.</exception>
    public static (CallSite Site, PlacementCode Code) Placement(string text)
    {
        var parts = text.Split('=', 2);
        if (!_sites.TryGetValue(parts[0].Trim(), out var site))
        {
            throw new InputException($"'{parts[0]}' is no call site", NearestName.Suggest(parts[0], _sites.Keys));
        }

        return PlacementCode.TryParse(parts.ElementAtOrDefault(1), out var code)
            ? (site, code)
            : throw new InputException($"'{parts.ElementAtOrDefault(1)}' is no placement code", CodeAdvice);
    }

    /// <summary>An experiment as tables have it: <c>munmap=free-before-flush</c>.</summary>
    /// <exception cref="InputException">There is no such site or experiment.</exception>
    public static (CallSite Site, SiteExperiment Experiment) Experiment(string text)
    {
        var parts = text.Split('=', 2);
        if (!_sites.TryGetValue(parts[0].Trim(), out var site))
        {
            throw new InputException($"'{parts[0]}' is no call site", NearestName.Suggest(parts[0], _sites.Keys));
        }

        return _experiments.TryGetValue(parts[^1].Trim(), out var experiment)
            ? (site, experiment)
            : throw new InputException($"'{parts[^1]}' is no experiment", NearestName.Suggest(parts[^1], _experiments.Keys));
    }

    /// <summary>The line <c>placement cow = E</c>.</summary>
    public static (CallSite Site, PlacementCode Code) Placement(LitmusLine line)
    {
        var (site, value) = SiteAndValue(line);
        return PlacementCode.TryParse(value.Text, out var code) ? (site, code) : throw value.Place.Error($"{value} is no placement code", CodeAdvice);
    }

    /// <summary>The line <c>experiment zap-range = missing-start-end</c>.</summary>
    public static (CallSite Site, SiteExperiment Experiment) Experiment(LitmusLine line)
    {
        var (site, value) = SiteAndValue(line);
        return _experiments.TryGetValue(value.Text, out var experiment)
            ? (site, experiment)
            : throw value.Place.Error($"{value} is no experiment", NearestName.Suggest(value.Text, _experiments.Keys));
    }

    /// <summary>Something that the device must have.</summary>
    public static string Need(LitmusToken token) => DeviceNeed.Names.Contains(token.Text)
        ? token.Text
        : throw token.Place.Error($"{token} is nothing that a device can have", NearestName.Suggest(token.Text, DeviceNeed.Names));

    /// <summary>The line <c>process other pasid = 2 function = 0</c>.</summary>
    public static LitmusProcess Process(LitmusLine line, IReadOnlyList<LitmusProcess> others)
    {
        var name = line[1];
        if (name.Kind != LitmusTokenKind.Word || others.Any(other => other.Name == name.Text))
        {
            throw name.Place.Error(
                name.Kind == LitmusTokenKind.Word ? $"there are two processes {name}" : $"the name of the process is missing in front of {name}",
                "Write 'process other pasid = none', for example.");
        }

        var arguments = LitmusStepReader.Pairs(line, 2, line.Tokens.Count);
        var map = LitmusArguments.Of(name, arguments);
        var isBound = map.Text("pasid") != "unbound";
        Pcie.Pasid? pasid = isBound ? CpuSteps.PasidOf(map) : null;
        var process = new LitmusProcess(name.Text, pasid, isBound, CpuSteps.FunctionOf(map) ?? 0);
        map.Close();
        return process;
    }

    private const string CodeAdvice = "Codes are L, L2, G, F, E, X, TL, TG, TF, TA, P, - and their sums, as in L+E; see docs/notifiers.md.";

    private static (CallSite Site, LitmusToken Value) SiteAndValue(LitmusLine line)
    {
        var pairs = LitmusStepReader.Pairs(line, 1, line.Tokens.Count);
        if (pairs.Count != 1)
        {
            throw line[1].Place.Error($"'{line.First.Text}' takes one call site and its value", "Write 'placement cow = E', for example.");
        }

        return _sites.TryGetValue(pairs[0].Key.Text, out var site)
            ? (site, pairs[0].Value)
            : throw pairs[0].Key.Place.Error($"{pairs[0].Key} is no call site", NearestName.Suggest(pairs[0].Key.Text, _sites.Keys));
    }

    private static SortedDictionary<string, T> Names<T>()
        where T : struct, Enum => new(
            Enum.GetValues<T>().Where(value => !value.Equals(default(T))).ToDictionary(value => ClientSteps.ToKebab(value.ToString())),
            StringComparer.Ordinal);
}
