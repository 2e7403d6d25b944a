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
            trial.RecordWave(wave, file.Expected.Time > CyclesBefore ? file.Expected.Time - CyclesBefore : 0);
        }

        var result = trial.Run(file.Scenario, host => host, cancel);
        var failure = ExpectedFailure.Of(result, file.IsStrict);
        return new ReplayResult
        {
            Kind = file.Kind.ToString().ToLowerInvariant(),
            Device = uri,
            DeviceName = $"{trial.Device.Name} {trial.Device.Version}",
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
    }

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
