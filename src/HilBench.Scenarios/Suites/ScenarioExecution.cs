using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Runs one scenario on a device and says how it ended.</summary>
internal sealed class ScenarioExecution(IDevice device, BenchOptions options, TimeProvider time)
{
    public const int TimelineLines = 160;
    private const int DoneAfterViolations = 8;

    /// <summary>Whether mistakes of the bench itself are results too: a random program that meets one is worth keeping.</summary>
    public bool TellsBugs { get; init; }

    /// <summary>Whether the scenario ends with the first rule that fails it.</summary>
    public bool EndsAtFirstFailure { get; init; }

    /// <summary>Whether the device's process died; it has to be opened again.</summary>
    public bool IsDeviceLost { get; private set; }

    /// <summary>Whether the device hangs, as far as the bench can tell: it missed a deadline, or the way to it failed.</summary>
    public bool IsHung { get; private set; }

    public ScenarioResult Run(Scenario scenario, string name, string replay, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        Bench? bench = null;
        ScenarioRun? run = null;
        var unsafeSites = new UnsafeSites(scenario.Profile ?? options.Profile);
        var verdict = Verdict.Passed;
        string? note = null;
        try
        {
            bench = new Bench(device, options with
            {
                MemoryBytes = scenario.MemoryBytes,
                PageTableLevels = scenario.Levels,
                AddressBits = scenario.AddressBits,
                Agent = scenario.Agent ?? options.Agent,
                LatencyCycles = scenario.LatencyCycles,
                Profile = ProfileOf(scenario),
            });
            note = Missing(scenario, bench.Functions) ?? Missing(scenario, bench.Kernel.Profile);
            if (note is null)
            {
                if (unsafeSites.HasAny)
                {
                    bench.Journal.Subscribe(unsafeSites);
                }

                run = new ScenarioRun(bench, scenario.IsTolerant);
                note = Play(scenario, run, unsafeSites, cancel);
                verdict = note is null ? verdict : Verdict.KnownUnsafe;
            }
            else
            {
                verdict = Verdict.NotApplicable;
            }
        }
        catch (DeviceLostException e)
        {
            IsDeviceLost = true;
            verdict = Verdict.Failed;
            note = e.Message;
        }
        catch (Exception e) when (e is BenchException or InputException or DeviceException)
        {
            verdict = Verdict.Error;
            note = e.Message;
            IsHung = e is DeviceException or BenchException { Layer: >= BenchLayer.Cable };
        }
        catch (Exception bug) when (TellsBugs &&
            bug is InvalidOperationException or KeyNotFoundException or ArgumentException or NullReferenceException or IndexOutOfRangeException)
        {
            verdict = Verdict.Error;
            // Not from its stack: which calls stand there depends on what was compiled how by then.
            note = $"bug: {bug.GetType().Name} in step '{run?.LastStep?.Name}': {bug.Message}";
        }

        IsHung |= bench?.IsQuarantined ?? false;

        // A broken rule says more than the trouble that it led to; the kernel excuses it when it breaks it itself.
        var broken = bench?.Checker.Violations.Where(violation => IsFailure(violation, options.IsStrict)).ToList() ?? [];
        if (broken.Count > 0)
        {
            var reasons = broken.Select(unsafeSites.Explain).Distinct().ToList();
            var isKnown = verdict is not (Verdict.Failed or Verdict.Error) && !reasons.Contains(null);
            verdict = isKnown ? Verdict.KnownUnsafe : Verdict.Failed;
            note = isKnown ? string.Join("; ", reasons) : note;
        }

        return new ScenarioResult
        {
            Name = name,
            About = scenario.About,
            Verdict = verdict,
            Note = note,
            Seed = options.Seed,
            Transactions = bench?.Checker.Transactions ?? 0,
            CpuOperations = bench?.Kernel.OperationCount ?? 0,
            Cycles = bench?.Wire.Now ?? 0,
            TlpsToDevice = bench?.Wire.SentToDevice ?? 0,
            TlpsFromDevice = bench?.Wire.ReceivedFromDevice ?? 0,
            Rules = bench?.Checker.RuleCounts ?? [],
            Focus = scenario.Rules,
            Bins = bench?.Checker.Bins ?? [],
            Violations = bench?.Checker.Violations ?? [],
            Replay = replay,
            Timeline = verdict is Verdict.Failed or Verdict.KnownUnsafe && bench is not null ? JournalText.Last(bench.Journal, TimelineLines) : [],
            Duration = time.GetElapsedTime(started),
        };
    }

    /// <summary>Whether a violation fails a scenario: rules that no public source confirms only warn, unless all is strict.</summary>
    public static bool IsFailure(Violation violation, bool isStrict) =>
        isStrict || (violation.Rule.Confidence != RuleConfidence.C && violation.Rule.Severity >= RuleSeverity.Error);

    private KernelProfile ProfileOf(Scenario scenario)
    {
        var profile = scenario.Profile ?? options.Profile;
        profile = scenario.IsAsKernel || options.Profile.KeepsIntervalImbalance ? profile.AsKernel() : profile;
        return scenario.Experiment is { Experiment: not SiteExperiment.None } experiment
            ? profile.With(experiment.Site, experiment.Experiment)
            : profile;
    }

    private static string? Missing(Scenario scenario, IReadOnlyList<BenchFunction> functions)
    {
        foreach (var process in scenario.Processes)
        {
            if (process.Function >= functions.Count)
            {
                return $"the device has no function {process.Function}";
            }

            var layout = functions[process.Function].Layout;
            if (layout.AtsOffset == 0)
            {
                return $"function {process.Function} has no ATS capability (0x000F)";
            }

            if (process.Pasid is { } pasid && (layout.PasidOffset == 0 || pasid.Value >> layout.MaxPasidWidth > 0))
            {
                return layout.PasidOffset == 0
                    ? "the device has no PASID capability (0x001B)"
                    : $"the device's PASIDs have {layout.MaxPasidWidth} bits";
            }
        }

        return scenario.Needs.Select(need => DeviceNeed.Missing(need, functions)).FirstOrDefault(missing => missing is not null);
    }

    private static string? Missing(Scenario scenario, KernelProfile kernel)
    {
        var lacking = scenario.Operations.FirstOrDefault(name => !OperationCatalogue.Find(name)!.IsIn(kernel));
        return lacking is not null ? $"{kernel.Name} has no {lacking}"
            : kernel.Version < (scenario.Since?.Version ?? 0) ? $"{kernel.Name} is older than {scenario.Since!.Name}"
            : kernel.Version > (scenario.Until?.Version ?? int.MaxValue) ? $"{kernel.Name} is newer than {scenario.Until!.Name}"
            : null;
    }

    /// <returns>Why the kernel that is modelled did what no kernel should; null: it did not.</returns>
    private string? Play(Scenario scenario, ScenarioRun run, UnsafeSites unsafeSites, CancellationToken cancel)
    {
        var bench = run.Bench;
        bench.Checker.Focus = scenario.Rules;
        foreach (var (process, pasid, function) in scenario.Processes)
        {
            run.AddProcess(process, pasid, isBound: !scenario.Unbound.Contains(process), function);
        }

        foreach (var pause in StepReader.Sequence(scenario.Steps, run).Concat(End(run)))
        {
            cancel.ThrowIfCancellationRequested();
            if (bench.IsQuarantined || IsOver(bench.Checker))
            {
                break;
            }

            run.Continue(pause);
        }

        string? note = null;
        foreach (var finding in run.Clients.Unexpected)
        {
            if (unsafeSites.Explain(finding) is { } reason)
            {
                note ??= reason;
                continue;
            }

            throw new BenchException(BenchLayer.Host, $"the kernel model broke its own rule: {finding}", "This is a bug of the bench; report it with the replay command.");
        }

        return note;
    }

    private bool IsOver(Checker checker) => checker.ViolationCount > DoneAfterViolations ||
        (EndsAtFirstFailure && checker.ViolationCount > 0 && checker.Violations.Any(violation => IsFailure(violation, options.IsStrict)));

    private static IEnumerable<Pause> End(ScenarioRun run)
    {
        foreach (var thread in run.Threads.Values)
        {
            thread.MustHaveEnded();
        }

        foreach (var pause in run.WaitForDma())
        {
            yield return pause;
        }

        while (!run.Bench.AreInvalidationsIdle)
        {
            yield return Pause.Device;
        }
    }
}
