using HilBench.Checking;
using HilBench.Devices;
using HilBench.Journal;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Runs scenarios again and again on one device, with choices given or left to chance.</summary>
/// <param name="uri">The device.</param>
/// <param name="options">What the host is like.</param>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">For durations only.</param>
internal sealed class Trial(string uri, BenchOptions options, DeviceLocations locations, TimeProvider time) : IDisposable
{
    /// <summary>Evidence of failures that are run again is made then.</summary>
    public const int ShortJournalLog2 = 8;

    /// <summary>What messages call the file: a result is the same wherever it lies.</summary>
    public const string FileName = "replay";

    private IDevice _device = DeviceOpener.Open(uri, locations);

    /// <summary>The device.</summary>
    public DeviceDescription Device => _device.Description;

    /// <summary>Points of coverage that the device has reached so far; 0 when it counts none.</summary>
    public ulong CoveredPoints => (_device as ICoverageDevice)?.CoveredPoints ?? 0;

    /// <summary>Whether warnings are failures.</summary>
    public bool IsStrict => options.IsStrict;

    /// <summary>Runs a scenario; trouble of the bench itself is a result too.</summary>
    /// <param name="node">The scenario.</param>
    /// <param name="change">What is different this time.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="InputException">The scenario is none.</exception>
    public ScenarioResult Run(YamlNode node, Func<BenchOptions, BenchOptions> change, CancellationToken cancel)
    {
        var scenario = ScenarioFile.ReadOne(FileName, node);
        var execution = new ScenarioExecution(_device, change(options), time) { EndsAtFirstFailure = true, TellsBugs = true };
        var result = execution.Run(scenario, scenario.Name, string.Empty, cancel);
        if (execution.IsDeviceLost)
        {
            _device.Dispose();
            _device = DeviceOpener.Open(uri, locations);
        }

        return result;
    }

    /// <summary>From now on the device's waves are recorded, once a run has got so far.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fromCycle">Device cycle of a run.</param>
    /// <exception cref="InputException">The device cannot.</exception>
    public void RecordWave(string path, ulong fromCycle) => _device = new WaveWindow(_device, path, fromCycle);

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();
}
