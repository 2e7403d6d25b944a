using System.Globalization;
using System.IO.Enumeration;
using System.Reflection;
using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Runs suites on devices.</summary>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">For durations only.</param>
public sealed class SuiteRunner(DeviceLocations locations, TimeProvider time)
{
    /// <summary>The bench's version.</summary>
    public static string Version { get; } =
        typeof(SuiteRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Runs a suite. Cancelling ends it after the step under way; what ran so far is returned.</summary>
    /// <exception cref="InputException">The suite, filter, profile, policy or device URI is wrong.</exception>
    /// <exception cref="BenchException">The device cannot be opened.</exception>
    public RunResult Run(RunOptions options, IRunProgress progress, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var plan = Plan(options);
        var device = Open(options.Device);
        var results = new List<ScenarioResult>();
        var description = device.Description;
        try
        {
            for (var i = 0; i < plan.Count && !cancel.IsCancellationRequested; i++)
            {
                var (scenario, name) = plan[i];
                progress.ScenarioStarted(name, i, plan.Count);
                if (RunOne(ref device, options, scenario, name, cancel) is { } result)
                {
                    results.Add(result);
                    progress.ScenarioFinished(result);
                }
            }
        }
        finally
        {
            device.Dispose();
        }

        return new RunResult
        {
            Device = options.Device,
            DeviceName = $"{description.Name} {description.Version}",
            Suite = options.Suite,
            Seed = options.Seed,
            Profile = ProfileOf(options).Name,
            Policy = options.Policy,
            Version = Version,
            Replay = Replay(options, filter: options.Filter),
            Scenarios = results,
            Duration = time.GetElapsedTime(started),
            IsInterrupted = cancel.IsCancellationRequested,
        };
    }

    /// <summary>Runs a suite over every fault that the device's faulty build knows, and over the device without one.</summary>
    /// <exception cref="InputException">The device has no faulty build, or an option is wrong.</exception>
    /// <exception cref="BenchException">The device cannot be opened.</exception>
    public MutationResult Mutate(RunOptions options, IRunProgress progress, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var clean = Run(options, progress, cancel);
        var results = new List<FaultResult>();
        foreach (var fault in FaultsOf(options.Device))
        {
            if (cancel.IsCancellationRequested)
            {
                break;
            }

            var run = Run(options with { Device = $"{options.Device}?fault={fault}" }, progress, cancel);
            results.Add(Summarise(fault, run));
        }

        return new MutationResult(
            options.Device,
            options.Suite,
            options.Seed,
            clean.Profile,
            Version,
            clean.Count(Verdict.Failed) + clean.Count(Verdict.Error) == 0,
            results,
            time.GetElapsedTime(started));
    }

    private static FaultResult Summarise(string fault, RunResult run)
    {
        var first = run.Scenarios.FirstOrDefault(scenario => scenario.Verdict == Verdict.Failed);
        var transactions = run.Scenarios.TakeWhile(scenario => scenario != first).Sum(scenario => scenario.Transactions) + (first?.Transactions ?? 0);
        var rules = run.Scenarios
            .SelectMany(scenario => scenario.Rules)
            .GroupBy(count => count.Rule)
            .Select(group => new RuleCount(group.Key, group.Sum(count => count.Checked), group.Sum(count => count.Broken)))
            .Where(count => count.Broken > 0)
            .OrderBy(count => count.Rule, StringComparer.Ordinal)
            .ToList();
        var known = FaultCatalogue.Find(fault);
        return new FaultResult(
            fault,
            known?.Summary ?? string.Empty,
            known?.Rules ?? [],
            first?.Name,
            first?.Violations.FirstOrDefault(ScenarioExecution.IsFailure)?.Rule.Id,
            transactions,
            rules);
    }

    private ScenarioResult? RunOne(ref IDevice device, RunOptions options, Scenario scenario, string name, CancellationToken cancel)
    {
        var bench = new BenchOptions
        {
            Profile = ProfileOf(options),
            Policy = InvalidationPolicies.Parse(options.Policy),
            Seed = SeededChoice.ChildSeed(options.Seed, name),
        };
        try
        {
            var execution = new ScenarioExecution(device, bench, time);
            var result = execution.Run(scenario, name, Replay(options, scenario.Name), cancel);
            if (execution.IsDeviceLost)
            {
                device.Dispose();
                device = Open(options.Device);
            }

            return result;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static List<(Scenario Scenario, string Name)> Plan(RunOptions options)
    {
        InvalidationPolicies.Parse(options.Policy);
        ProfileOf(options);
        var all = SuiteCatalogue.Load(options.Suite);
        var chosen = options.Filter is { } filter
            ? all.Where(scenario => FileSystemName.MatchesSimpleExpression(filter, scenario.Name)).ToList()
            : [.. all];
        if (chosen.Count == 0)
        {
            throw new InputException(
                $"no scenario of '{options.Suite}' matches '{options.Filter}'",
                NearestName.Suggest(options.Filter ?? string.Empty, all.Select(scenario => scenario.Name)));
        }

        return
        [
            .. from scenario in chosen
               from repeat in Enumerable.Range(1, options.Repeat)
               select (scenario, options.Repeat == 1 ? scenario.Name : string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}#{repeat}")),
        ];
    }

    private static KernelProfile ProfileOf(RunOptions options)
    {
        var profile = NamedProfile(options);
        return options.AsKernel ? profile.AsKernel() : profile;
    }

    private static KernelProfile NamedProfile(RunOptions options) => options.Profile is null
        ? KernelProfile.Default
        : KernelProfile.Find(options.Profile) ?? throw new InputException(
            $"there is no kernel profile '{options.Profile}'", NearestName.Suggest(options.Profile, KernelProfile.All.Select(profile => profile.Name)));

    private static string Replay(RunOptions options, string? filter)
    {
        var text = $"bin/hilbench run --device '{options.Device}' --suite {options.Suite} --seed {options.Seed}";
        text += options.Profile is null ? string.Empty : $" --profile {options.Profile}";
        text += options.AsKernel ? " --as-kernel" : string.Empty;
        text += options.Policy == "4k" ? string.Empty : $" --policy {options.Policy}";
        text += options.Repeat == 1 ? string.Empty : $" --repeat {options.Repeat}";
        return filter is null ? text : $"{text} --filter '{filter}'";
    }

    private static IReadOnlyList<string> FaultsOf(string uri)
    {
        var parsed = Parse(uri);
        var faults = DeviceFaults.For(parsed.Scheme);
        return faults.Count > 0 && parsed.Fault is null
            ? faults
            : throw new InputException($"'{uri}' has no built-in faults", "mutate works on model: and rtl:.");
    }

    private static DeviceUri Parse(string uri) => DeviceUri.TryParse(uri, out var parsed, out var error)
        ? parsed
        : throw new InputException(error, "See bin/hilbench run --help for the forms of a device URI.");

    private IDevice Open(string uri)
    {
        try
        {
            return DeviceFactory.Open(Parse(uri), locations);
        }
        catch (DeviceOpenException e)
        {
            throw new BenchException(BenchLayer.Device, e.What, e.Advice, e);
        }
    }
}
