using HilBench.Checking;
using HilBench.Devices;
using HilBench.TranslationAgent;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Makes a replay file of a failure: records its choices, and makes it small when that is wanted.</summary>
/// <param name="device">Device URI.</param>
/// <param name="options">What the host is like; the seed and the policy are those of the failing run.</param>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">For durations only.</param>
internal sealed class FailureWriter(string device, BenchOptions options, DeviceLocations locations, TimeProvider time)
{
    /// <summary>Makes the file.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="node">The scenario, without variables.</param>
    /// <param name="limits">How much work making it small may be; null: it stays as it is.</param>
    /// <param name="progress">Told runs and steps.</param>
    /// <param name="cancel">Ends it; what was reached by then stays.</param>
    /// <returns>The file, how the run in it ends, and the runs that it took; null when the failure does not come again.</returns>
    public (ReplayFile File, ScenarioResult Result, int Runs)? Write(
        ReplayKind kind, YamlMappingNode node, ShrinkLimits? limits, Action<int, int> progress, CancellationToken cancel)
    {
        using var trial = new Trial(device, options, locations, time);
        var shrinker = new Shrinker(trial, limits ?? new ShrinkLimits(1, 0), progress, cancel);
        if (shrinker.Record(node, options.Seed) is not { } found)
        {
            return null;
        }

        var small = limits is null ? found : shrinker.Shrink(found);
        var file = new ReplayFile
        {
            Kind = kind,
            Device = device,
            Profile = options.Profile.Name,
            AsKernel = options.Profile.KeepsIntervalImbalance,
            IsStrict = options.IsStrict,
            Policy = InvalidationPolicies.NameOf(options.Policy),
            Seed = small.Seed,
            Expected = small.Failure,
            Choices = small.Choices,
            Scenario = small.Node,
        };

        // Once more as it will be read: messages name places in the file.
        var read = ReplayFile.Read(Trial.FileName, file.ToText());
        var result = trial.Run(read.Scenario, bench => bench with { Replayed = read.Choices, Seed = read.Seed }, CancellationToken.None);
        file = read with { Expected = ExpectedFailure.Of(result, options.IsStrict) ?? small.Failure };
        return (file, result, shrinker.Runs);
    }
}
