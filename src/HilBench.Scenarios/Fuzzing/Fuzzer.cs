using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Runs random programs on a device until one fails. What is right is not written down anywhere: the checker's rules, the
/// shadow ATC and the data oracle judge each program as they judge every scenario.
/// </summary>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">Ends a run for some minutes, and for durations.</param>
public sealed class Fuzzer(DeviceLocations locations, TimeProvider time)
{
    /// <summary>Fuzzes. Cancelling ends it after the step under way.</summary>
    /// <exception cref="InputException">The profile or the device URI is wrong.</exception>
    /// <exception cref="BenchException">The device cannot be opened.</exception>
    public FuzzResult Run(FuzzOptions options, IFuzzProgress progress, CancellationToken cancel)
    {
        var profile = ProfileChoice.Of(options.Profile);
        var bench = new BenchOptions { Profile = profile, IsStrict = options.IsStrict };
        using var trial = new Trial(options.Device, bench, locations, time);
        var state = new FuzzState(options.Seed, FuzzOperations.Matching(options.Filter, profile));
        var startBytes = Environment.WorkingSet;
        var started = time.GetTimestamp();
        FuzzFinding? finding = null;
        while (finding is null && !IsOver(options, state, started) && !cancel.IsCancellationRequested)
        {
            finding = Play(trial, options, bench, state, progress, cancel);
            var seconds = Math.Max(1e-3, time.GetElapsedTime(started).TotalSeconds);
            progress.ProgramFinished(state.Programs, state.Operations, state.Transactions / seconds, state.Coverage.Bins.Count);
        }

        return new FuzzResult
        {
            Device = options.Device,
            DeviceName = $"{trial.Device.Name} {trial.Device.Version}",
            Seed = options.Seed,
            Profile = profile.Name,
            Version = SuiteRunner.Version,
            Programs = state.Programs,
            Mutated = state.Mutated,
            Abandoned = state.Abandoned,
            Trouble = state.Trouble,
            Operations = state.Operations,
            Transactions = state.Transactions,
            Cycles = state.Cycles,
            Bins = [.. state.Coverage.Bins],
            CoveredPoints = state.Coverage.Points,
            Meetings = state.Coverage.Meetings,
            Finding = finding,
            IsInterrupted = cancel.IsCancellationRequested,
            Duration = state.Duration,
            StartBytes = startBytes,
            EndBytes = Environment.WorkingSet,
        };
    }

    private bool IsOver(FuzzOptions options, FuzzState state, long started) =>
        (options.Operations > 0 && state.Operations >= options.Operations) ||
        (options.Minutes > 0 && time.GetElapsedTime(started).TotalMinutes >= options.Minutes);

    private FuzzFinding? Play(Trial trial, FuzzOptions options, BenchOptions bench, FuzzState state, IFuzzProgress progress, CancellationToken cancel)
    {
        var program = state.Next();
        try
        {
            var result = trial.Run(program.Node, host => host with { Policy = program.Policy, Seed = program.Seed, JournalLog2 = Trial.ShortJournalLog2 }, cancel);
            state.Finished(program, result, trial.CoveredPoints);
            var failure = ExpectedFailure.Of(result, options.IsStrict);
            return failure is null || !(options.IsHostJudged || FuzzState.IsOfDevice(failure)) ? null
                : Tell(options, bench with { Policy = program.Policy, Seed = program.Seed }, program, state, progress, cancel);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private FuzzFinding Tell(
        FuzzOptions options, BenchOptions bench, FuzzProgram program, FuzzState state, IFuzzProgress progress, CancellationToken cancel)
    {
        var writer = new FailureWriter(options.Device, bench, locations, time);
        var limits = options.IsShrunk ? new ShrinkLimits() : null;
        var written = writer.Write(ReplayKind.Program, program.Node, limits, progress.Shrinking, cancel)
            ?? throw new BenchException(BenchLayer.Host, $"program {program.Name} failed once and not again", "This is a bug of the bench: the seed decides.");
        return new FuzzFinding(state.Programs, written.File.Expected.Rule, written.Result, StepTree.Count(program.Node), written.File.Steps, written.Runs, written.File.ToText());
    }
}
