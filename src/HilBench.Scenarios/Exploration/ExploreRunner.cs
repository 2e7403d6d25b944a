using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Explores litmus tests on devices.</summary>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">For bounds in time and for rates.</param>
public sealed class ExploreRunner(DeviceLocations locations, TimeProvider time)
{
    /// <summary>Explores one test, or all.</summary>
    /// <exception cref="InputException">The test, profile, placement or device URI is wrong.</exception>
    /// <exception cref="BenchException">The device cannot be opened, or cannot go back.</exception>
    public ExploreReport Run(ExploreRequest request, IExploreProgress progress, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var plan = Plan(request);
        var results = new ExploredTest?[plan.Count];
        var failures = new List<Exception>();
        var next = 0;
        byte[]? resume = null;

        // A device belongs to the thread that opened it: one thread for each job.
        void Work()
        {
            try
            {
                using var device = Open(request.Device);
                while (Interlocked.Increment(ref next) - 1 is var index && index < plan.Count && !(cancel.IsCancellationRequested && index > 0))
                {
                    var limit = LimitOf(request, plan.Count - index, time.GetElapsedTime(started));
                    (results[index], var rest) = Explore(plan[index], device, request, limit, progress, cancel);
                    resume = plan.Count == 1 ? rest : null;
                }
            }
            catch (Exception failure) when (failure is InputException or BenchException or DeviceException or DeviceOpenException or DeviceLostException)
            {
                lock (failures)
                {
                    failures.Add(failure);
                }
            }
        }

        var jobs = Math.Clamp(request.Jobs, 1, plan.Count);
        var threads = Enumerable.Range(0, jobs - 1).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        Work();
        threads.ForEach(thread => thread.Join());
        if (failures.Count > 0)
        {
            throw failures[0] is InputException or BenchException ? failures[0]
                : new BenchException(BenchLayer.Device, failures[0].Message, "Look at the device first: 'hilbench run' says more.", failures[0]);
        }

        return new ExploreReport
        {
            Device = request.Device,
            Tests = [.. results.OfType<ExploredTest>()],
            Elapsed = time.GetElapsedTime(started),
            IsInterrupted = cancel.IsCancellationRequested,
            Resume = resume,
        };
    }

    private IDevice Open(string text)
    {
        if (!DeviceUri.TryParse(text, out var uri, out var error))
        {
            throw new InputException(error, "See 'hilbench list devices'.");
        }

        return DeviceFactory.Open(uri with { IsInProcess = true }, locations);
    }

    // Most tests need far less than their share: each may have three of them, and what it leaves over is for those behind it.
    private static TimeSpan? LimitOf(ExploreRequest request, int left, TimeSpan elapsed)
    {
        const double shares = 3;
        if (request.Minutes is not { } minutes)
        {
            return request.Bounds.Time;
        }

        var rest = Math.Max(0.02, minutes - elapsed.TotalMinutes);
        return TimeSpan.FromMinutes(Math.Min(rest, rest * shares * Math.Min(request.Jobs, left) / left));
    }

    private static List<Planned> Plan(ExploreRequest request)
    {
        if (!DeviceUri.TryParse(request.Device, out var uri, out var error))
        {
            throw new InputException(error, "See 'hilbench list devices'.");
        }

        var profile = request.Profile is null ? null : KernelProfile.Find(request.Profile) ?? throw new InputException(
            $"there is no kernel profile '{request.Profile}'", NearestName.Suggest(request.Profile, KernelProfile.All.Select(known => known.Name)));
        var placements = request.Placements.Select(LitmusKernelOptions.Placement).ToList();
        var expected = LitmusExpectations.Load();
        var programs = request.Litmus is null ? LitmusCatalogue.LoadAll() : LitmusCatalogue.Load(request.Litmus);
        return [.. programs.Select(program => Planned.Of(program, profile, placements, uri.Fault, expected))];
    }

    private (ExploredTest Test, byte[]? Resume) Explore(
        Planned planned, IDevice device, ExploreRequest request, TimeSpan? limit, IExploreProgress progress, CancellationToken cancel)
    {
        var program = planned.Program;
        var test = new ExploredTest
        {
            Name = program.Name,
            Title = program.Title,
            Profile = planned.Profile.Name,
            IsExpectedReachable = planned.IsExpectedReachable,
        };
        var missing = program.DeviceFault is { } fault && fault != planned.Fault
            ? $"it is about a device with the mistake {fault}" : program.Missing(planned.Profile);
        if (missing is not null)
        {
            return (test with { Note = missing }, null);
        }

        var options = new ExploreOptions
        {
            Bench = new BenchOptions { Profile = planned.Profile, Seed = request.Seed },
            Bounds = request.Bounds with { Time = limit },
        };
        var explorer = new Explorer(program, device, options, time);
        if (request.Resume is { } file)
        {
            explorer.GoOnFrom(file);
        }

        var result = explorer.Explore(progress, cancel);
        return (test with { Result = result, Replays = Replays(planned, request, result) }, result.IsComplete ? null : explorer.Rest());
    }

    // Played once more, on a device of its own: what the file says it fails with is what a replay shows.
    private Dictionary<string, ReplayFile> Replays(Planned planned, ExploreRequest request, ExploreResult result)
    {
        var replays = new Dictionary<string, ReplayFile>();
        foreach (var outcome in result.Outcomes.Where(outcome => outcome.Verdict == LitmusVerdict.Forbidden))
        {
            Add(outcome.Text, null, outcome.Shortest);
        }

        foreach (var violation in result.Violations.Where(violation => violation.IsOfDevice))
        {
            var rule = violation.First.Rule.Id;
            _ = Add(rule, rule, violation.Shortest) || Add(rule, rule, violation.Walked);
        }

        return replays;

        bool Add(string key, string? rule, IReadOnlyList<string> steps)
        {
            using var device = Open(request.Device);
            var options = new BenchOptions { Profile = planned.Profile, Seed = request.Seed };
            var failure = LitmusReplay.FailureOf(ScheduleReplay.Run(planned.Program, device, options, steps), rule);
            if (failure is null || (rule is not null && failure.Rule != rule))
            {
                return false;
            }

            replays[key] = new ReplayFile
            {
                Kind = ReplayKind.Litmus,
                Device = request.Device,
                Profile = planned.Kernel.Name,
                Policy = InvalidationPolicies.NameOf(planned.Program.Policy),
                Seed = request.Seed,
                Expected = failure,
                Choices = new ChoiceRecord(),
                Litmus = new LitmusReplay(planned.Program, request.Placements, steps),
            };
            return true;
        }
    }

    private sealed record Planned(LitmusProgram Program, KernelProfile Kernel, KernelProfile Profile, string? Fault, bool? IsExpectedReachable)
    {
        public static Planned Of(
            LitmusProgram program, KernelProfile? asked, List<(CallSite Site, PlacementCode Code)> placements, string? fault,
            IReadOnlyList<LitmusExpectation> expected)
        {
            var kernel = asked ?? program.Profile ?? KernelProfile.Default;
            var known = expected.FirstOrDefault(one => one.Test == program.Name && one.Kernels.Any(profile => profile.Name == kernel.Name)
                && one.Placements.SequenceEqual(placements) && one.Experiments.Count == 0 && one.ClientFaults.Count == 0 && !one.IsAsKernel
                && one.DeviceFault == fault);
            var profile = placements.Aggregate(kernel, (so, placement) => so.With(placement.Site, placement.Code));
            return new Planned(program, kernel, profile, fault, known?.IsReachable);
        }
    }
}
