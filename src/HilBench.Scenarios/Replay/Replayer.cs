using System.Globalization;
using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using HilBench.TranslationAgent;

namespace HilBench.Scenarios;

/// <summary>Repeats the failure of a replay file.</summary>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">For durations only.</param>
public sealed class Replayer(DeviceLocations locations, TimeProvider time)
{
    /// <summary>Cycles in front of the failure that a wave shows.</summary>
    private const ulong CyclesBefore = 2000;

    /// <summary>Repeats it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="device">Another device than that of the file; null: the same.</param>
    /// <param name="wave">File for the device's waves around the failure; null: none.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="InputException">The device URI is wrong, or the device cannot record waves.</exception>
    /// <exception cref="BenchException">The device cannot be opened.</exception>
    public ReplayResult Run(ReplayFile file, string? device, string? wave, CancellationToken cancel)
    {
        if (file.Litmus is { } litmus)
        {
            return Run(file, litmus, device ?? file.Device, wave);
        }

        var uri = device ?? file.Device;
        var profile = ProfileChoice.Of(file.Profile);
        var options = new BenchOptions
        {
            Profile = file.AsKernel ? profile.AsKernel() : profile,
            Policy = InvalidationPolicies.Parse(file.Policy),
            IsStrict = file.IsStrict,
            Seed = file.Seed,
            Replayed = file.Choices,
        };
        using var trial = new Trial(uri, options, locations, time);
        if (wave is not null)
        {
            trial.RecordWave(wave, WaveFrom(file));
        }

        var result = trial.Run(file.Scenario, host => host, cancel);
        return Tell(file, uri, trial.Device, ExpectedFailure.Of(result, file.IsStrict), result);
    }

    private static ulong WaveFrom(ReplayFile file) => file.Expected.Time > CyclesBefore ? file.Expected.Time - CyclesBefore : 0;

    private ReplayResult Run(ReplayFile file, LitmusReplay litmus, string uri, string? wave)
    {
        var started = time.GetTimestamp();
        var opened = DeviceOpener.Open(uri, locations);
        using var device = wave is null ? opened : new WaveWindow(opened, wave, WaveFrom(file));
        var options = new BenchOptions { Profile = litmus.On(ProfileChoice.Of(file.Profile)), Seed = file.Seed };
        var replayed = ScheduleReplay.Run(litmus.Program, device, options, litmus.Steps);
        var failure = LitmusReplay.FailureOf(replayed, file.Expected.Rule);
        var bench = replayed.Bench;
        var result = new ScenarioResult
        {
            Name = litmus.Program.Name,
            About = litmus.Program.Title,
            Verdict = failure is null ? Verdict.Passed : Verdict.Failed,
            Note = failure is { Rule: null } ? failure.Reason : null,
            Seed = file.Seed,
            Transactions = bench.Checker.Transactions,
            CpuOperations = bench.Kernel.OperationCount,
            Cycles = bench.Wire.Now,
            TlpsToDevice = bench.Wire.SentToDevice,
            TlpsFromDevice = bench.Wire.ReceivedFromDevice,
            Rules = bench.Checker.RuleCounts,
            Bins = bench.Checker.Bins,
            Violations = bench.Checker.Violations,
            Replay = string.Empty,
            Timeline = JournalText.Last(bench.Journal, ScenarioExecution.TimelineLines),
            Duration = time.GetElapsedTime(started),
        };
        return Tell(file, uri, device.Description, failure, result);
    }

    private static ReplayResult Tell(ReplayFile file, string uri, DeviceDescription device, ExpectedFailure? failure, ScenarioResult result) =>
        new()
        {
            Kind = file.Kind.ToString().ToLowerInvariant(),
            Device = uri,
            DeviceName = $"{device.Name} {device.Version}",
            Profile = file.Profile,
            Version = SuiteRunner.Version,
            Steps = file.Steps,
            ExpectedRule = file.Expected.Rule,
            ExpectedTime = file.Expected.Time,
            ExpectedReason = file.Expected.Reason,
            IsReproduced = failure?.IsLike(file.Expected) == true,
            IsExact = failure == file.Expected,
            Difference = Difference(file, failure, result),
            Result = result,
        };

    private static string? Difference(ReplayFile file, ExpectedFailure? seen, ScenarioResult result)
    {
        var expected = file.Expected;
        if (seen == expected)
        {
            return null;
        }

        if (seen is null)
        {
            return result.Verdict == Verdict.NotApplicable ? $"the scenario is not applicable here: {result.Note}"
                : $"no rule was broken: the device is correct here, or {SuiteRunner.Version} of the bench orders events in another way";
        }

        if (!seen.IsLike(expected))
        {
            return $"{seen.Rule ?? "the bench itself"} failed instead of {expected.Rule ?? "the bench itself"}: {seen.Reason}";
        }

        return seen.Time != expected.Time
            ? string.Create(CultureInfo.InvariantCulture, $"the same rule is broken, at cycle {seen.Time} instead of {expected.Time}")
            : "the same rule is broken in the same cycle, for another reason";
    }
}
