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

    /// <summary>What stands around the device; null: nothing.</summary>
    public IDeviceCare? Care { get; init; }

    /// <summary>Runs a suite. Cancelling ends it after the step under way; what ran so far is returned.</summary>
    /// <exception cref="InputException">The suite, filter, profile, policy or device URI is wrong.</exception>
    /// <exception cref="BenchException">The device cannot be opened.</exception>
    public RunResult Run(RunOptions options, IRunProgress progress, CancellationToken cancel) =>
        Run(options, Plan(options), isOver: null, progress, cancel);

    private RunResult Run(
        RunOptions options, List<(Scenario Scenario, string Name)> plan, Func<ScenarioResult, bool>? isOver, IRunProgress progress,
        CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var device = Open(options.Device);
        var results = new List<ScenarioResult>();
        var description = device.Description;
        try
        {
            PlayRounds(ref device, results, options, plan, isOver, progress, cancel);
        }
        finally
        {
            device.Dispose();
        }

        return new RunResult
        {
            Device = options.NamedDevice ?? options.Device,
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

    /// <summary>Writes the failure of a scenario down as a replay file, and makes it small when that is wanted.</summary>
    /// <param name="options">The run that it failed in.</param>
    /// <param name="failed">How it failed.</param>
    /// <param name="limits">How much work making it small may be; null: it stays as it is.</param>
    /// <param name="cancel">Ends it; what was reached by then stays.</param>
    /// <returns>The file's text; null when the failure does not come again.</returns>
    public string? WriteDown(RunOptions options, ScenarioResult failed, ShrinkLimits? limits, CancellationToken cancel)
    {
        var scenario = SuiteCatalogue.Load(options.Suite).First(known => failed.Name == known.Name || failed.Name.StartsWith($"{known.Name}#", StringComparison.Ordinal));
        var bench = new BenchOptions
        {
            Profile = ProfileOf(options),
            Policy = InvalidationPolicies.Parse(options.Policy),
            Seed = failed.Seed,
            IsStrict = options.IsStrict,
        };
        var writer = new FailureWriter(options.Device, bench, locations, time);
        return writer.Write(ReplayKind.Scenario, StepTree.Resolve(scenario), limits, (_, _) => { }, cancel)?.File.ToText();
    }

    /// <summary>
    /// Runs a suite over every fault that the device's faulty build knows, and over the device without one. Of each fault,
    /// the scenarios run first that are about the rules it breaks, then the others until one sees it.
    /// </summary>
    /// <param name="options">What to run; <see cref="RunOptions.IsWhole"/>: every scenario on every fault.</param>
    /// <param name="log">Faults that are in it are not run again; null: all run, and nothing is kept.</param>
    /// <param name="progress">Told how it goes on.</param>
    /// <param name="cancel">Ends it after the step under way; a fault that was not seen by then has no result.</param>
    /// <exception cref="InputException">The device has no faulty build, the log is that of another run, or an option is wrong.</exception>
    /// <exception cref="BenchException">The device cannot be opened.</exception>
    public MutationResult Mutate(RunOptions options, IMutationLog? log, IRunProgress progress, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var faults = FaultsOf(options);
        var clean = CleanOf(options, log, progress, cancel);
        var known = clean.Rules.ToHashSet(StringComparer.Ordinal);
        var results = new List<FaultResult>();
        var kills = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < faults.Count && !cancel.IsCancellationRequested; i++)
        {
            progress.FaultStarted(faults[i], i, faults.Count);
            var result = log?.Find(faults[i]) ?? Try(faults[i], options, kills, known, progress, cancel);
            if (cancel.IsCancellationRequested && !result.IsKilled)
            {
                break;
            }

            if (log is not null && log.Find(faults[i]) is null)
            {
                log.Add(result);
            }

            results.Add(result);
            if (result.KilledBy is { } killer)
            {
                kills[killer] = kills.GetValueOrDefault(killer) + 1;
            }
        }

        return new MutationResult(
            options.Device, options.Suite, options.Seed, clean.Profile, Version, clean.IsPassing, results, time.GetElapsedTime(started));
    }

    private CleanDevice CleanOf(RunOptions options, IMutationLog? log, IRunProgress progress, CancellationToken cancel)
    {
        var name = $"version {Version}, {Replay(options with { Device = "clean" }, options.Filter)}{(options.IsWhole ? " --whole" : string.Empty)}";
        if (log?.Clean is { } before)
        {
            return before.Run == name
                ? before
                : throw new InputException($"the log is that of another run: {before.Run}", "Name another file, or remove it.");
        }

        var run = Run(options, progress, cancel);
        var clean = new CleanDevice(
            name,
            run.Profile,
            run.Count(Verdict.Failed) + run.Count(Verdict.Error) == 0,
            [.. run.Scenarios.SelectMany(scenario => scenario.Violations.Select(violation => violation.Rule.Id)).Distinct().Order(StringComparer.Ordinal)]);
        if (!cancel.IsCancellationRequested)
        {
            log?.Add(clean);
        }

        return clean;
    }

    private FaultResult Try(
        string fault, RunOptions options, Dictionary<string, int> kills, HashSet<string> known, IRunProgress progress, CancellationToken cancel)
    {
        var separator = options.Device.Contains('?') ? '&' : '?';
        var faulty = options with { Device = $"{options.Device}{separator}fault={fault}" };
        var plan = PlanFor(fault, options, kills);
        var run = Run(faulty, plan, options.IsWhole ? null : result => IsKill(result, known), progress, cancel);
        return Summarise(fault, run, known);
    }

    // First the scenarios about the rules that the fault breaks. Of a fault that no catalogue knows, those that saw most
    // of the faults before it.
    private static List<(Scenario Scenario, string Name)> PlanFor(string fault, RunOptions options, Dictionary<string, int> kills)
    {
        var plan = Plan(options);
        return FaultCatalogue.Find(fault) is { } known
            ? [.. plan.OrderBy(entry => entry.Scenario.Rules.Intersect(known.Rules).Any() ? 0 : 1)]
            : [.. plan.OrderByDescending(entry => kills.GetValueOrDefault(entry.Name))];
    }

    // A warning that the device without the fault never gave is a kill, too.
    private static bool IsKill(ScenarioResult result, HashSet<string> known) =>
        result.Verdict == Verdict.Failed || result.Violations.Any(violation => IsNew(violation, known));

    private static bool IsNew(Violation violation, HashSet<string> known) => !known.Contains(violation.Rule.Id);

    private static FaultResult Summarise(string fault, RunResult run, HashSet<string> clean)
    {
        var first = run.Scenarios.FirstOrDefault(scenario => IsKill(scenario, clean));
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
            first?.Violations.FirstOrDefault(violation => IsNew(violation, clean))?.Rule.Id,
            transactions,
            rules);
    }

    private void PlayRounds(
        ref IDevice device, List<ScenarioResult> results, RunOptions options, List<(Scenario Scenario, string Name)> plan,
        Func<ScenarioResult, bool>? isOver, IRunProgress progress, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var isDone = false;
        for (var round = 1; !isDone && (round == 1 || time.GetElapsedTime(started).TotalMinutes < options.Minutes); round++)
        {
            for (var i = 0; i < plan.Count && !isDone; i++)
            {
                var (scenario, name) = plan[i];
                name = round == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{scenario.Name}#{round}");
                progress.ScenarioStarted(name, i, plan.Count);
                var result = RunOne(ref device, options with { Repeat = Math.Max(round, options.Repeat) }, scenario, name, cancel, out var isLost);
                if (result is not null)
                {
                    results.Add(result);
                    progress.ScenarioFinished(result);
                    isDone = isOver?.Invoke(result) ?? false;
                }

                isDone |= cancel.IsCancellationRequested || isLost;
            }
        }
    }

    private ScenarioResult? RunOne(
        ref IDevice device, RunOptions options, Scenario scenario, string name, CancellationToken cancel, out bool isLost)
    {
        isLost = false;
        var bench = new BenchOptions
        {
            Profile = ProfileOf(options),
            Policy = InvalidationPolicies.Parse(options.Policy),
            Seed = SeededChoice.ChildSeed(options.Seed, name),
            IsStrict = options.IsStrict,
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
            else if (execution.IsHung && !cancel.IsCancellationRequested)
            {
                (device, isLost, result) = Revive(device, options, result);
            }

            isLost |= device is LinkDevice { IsLost: true };
            return result;
        }
        catch (OperationCanceledException)
        {
            isLost = device is LinkDevice { IsLost: true };
            return null;
        }
    }

    // A device that hangs is brought back if something can do that; else the run goes on as long as the link does.
    private (IDevice Device, bool IsLost, ScenarioResult Result) Revive(IDevice device, RunOptions options, ScenarioResult result)
    {
        if (Care is not { CanRevive: true } care)
        {
            return (device, false, result);
        }

        device.Dispose();
        try
        {
            care.Revive(result.Name);
            return (Open(options.Device), false, result);
        }
        catch (BenchException e)
        {
            var note = result.Note is null ? "" : $"{result.Note} ";
            return (device, true, result with { Verdict = Verdict.Error, Note = $"{note}It could not be brought back: {e.Message}" });
        }
    }

    private static List<(Scenario Scenario, string Name)> Plan(RunOptions options)
    {
        InvalidationPolicies.Parse(options.Policy);
        ProfileOf(options);
        if (options.Minutes > 0 && options.Repeat > 1)
        {
            throw new InputException("a run for some minutes repeats by itself", "Leave --repeat out.");
        }

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
        var profile = ProfileChoice.Of(options.Profile);
        return options.AsKernel ? profile.AsKernel() : profile;
    }

    private static string Replay(RunOptions options, string? filter)
    {
        var text = $"bin/hilbench run --device '{options.NamedDevice ?? options.Device}' --suite {options.Suite} --seed {options.Seed}";
        text += options.BenchFile is null ? string.Empty : $" --bench {options.BenchFile}";
        text += options.Profile is null ? string.Empty : $" --profile {options.Profile}";
        text += options.AsKernel ? " --as-kernel" : string.Empty;
        text += options.Policy == "4k" ? string.Empty : $" --policy {options.Policy}";
        text += options.IsStrict ? " --strict" : string.Empty;
        text += options.Repeat == 1 ? string.Empty : $" --repeat {options.Repeat}";
        return filter is null ? text : $"{text} --filter '{filter}'";
    }

    private IReadOnlyList<string> FaultsOf(RunOptions options)
    {
        var parsed = DeviceOpener.Parse(options.Device);
        var faults = parsed.Scheme == DeviceScheme.Library ? FaultsOfLibrary(options.Device) : DeviceFaults.For(parsed.Scheme);
        if (faults.Count == 0 || parsed.Fault is not null)
        {
            throw new InputException($"'{options.Device}' has no built-in faults", "mutate works on model:, rtl: and libraries that describe faults.");
        }

        if (options.Faults is not { } wanted)
        {
            return faults;
        }

        var globs = wanted.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var chosen = faults.Where(fault => globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, fault))).ToList();
        return chosen.Count > 0
            ? chosen
            : throw new InputException($"no fault of '{options.Device}' matches '{wanted}'", NearestName.Suggest(wanted, faults));
    }

    private IReadOnlyList<string> FaultsOfLibrary(string uri)
    {
        using var device = Open(uri);
        return device.Description.Faults;
    }

    private IDevice Open(string uri)
    {
        var device = DeviceOpener.Open(uri, locations);
        Care?.Opened(device);
        return device;
    }
}
