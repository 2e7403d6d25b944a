using HilBench.Devices;
using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Fuzzing as the benchmark drives it: program after program, as fast as it goes.</summary>
/// <param name="device">Device URI.</param>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">For durations only.</param>
public sealed class FuzzLoop(string device, DeviceLocations locations, TimeProvider time) : IDisposable
{
    private const ulong Seed = 1;
    private readonly Trial _trial = new(device, new BenchOptions(), locations, time);
    private readonly FuzzState _state = new(Seed, FuzzOperations.Matching(filter: null, KernelProfile.Default));

    /// <summary>Goes on until at least so many transactions in all have ended.</summary>
    /// <exception cref="BenchException">A program fails.</exception>
    public LoopTotals Run(ulong transactions)
    {
        while ((ulong)_state.Transactions < transactions)
        {
            var program = _state.Next();
            var result = _trial.Run(
                program.Node, host => host with { Policy = program.Policy, Seed = program.Seed, JournalLog2 = Trial.ShortJournalLog2 }, CancellationToken.None);
            _state.Finished(program, result, _trial.CoveredPoints);
            if (ExpectedFailure.Of(result, isStrict: false) is { } failure && FuzzState.IsOfDevice(failure))
            {
                throw new BenchException(BenchLayer.Device, $"program {program.Name} fails: {failure.Reason}", "Run bin/hilbench fuzz --seed 1 first.");
            }
        }

        return new LoopTotals((ulong)_state.Transactions, _state.Cycles, 0, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _trial.Dispose();
}
