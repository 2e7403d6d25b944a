using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Measures what a step back costs: save and restore in memory, against the naive way, which is to reset the device, bring it up,
/// run the initial state and play the schedule again.
/// </summary>
/// <param name="locations">Where the reference device's libraries lie.</param>
/// <param name="time">The clock.</param>
public sealed class ExploreBenchmark(DeviceLocations locations, TimeProvider time)
{
    private const string Litmus = "L1a";
    private const int SavesInARound = 200;
    private const int DepthOfSaves = 12;
    private const int ReplaysInARound = 3;
    private static readonly TimeSpan _exploreFor = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _warmUpFor = TimeSpan.FromSeconds(2);

    /// <summary>Measures on <c>model:</c>, and on <c>rtl:</c> where it is built.</summary>
    /// <param name="rounds">Rounds, at least 5.</param>
    /// <param name="cancel">Ends it between rounds.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<HostMeasurement> Run(int rounds, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 5);
        var program = LitmusCatalogue.Load(Litmus).Single();
        var rows = new List<HostMeasurement>();
        foreach (var uri in (string[])["model:", "rtl:"])
        {
            rows.AddRange(RunOn(uri, program, rounds, cancel));
        }

        return rows;
    }

    private List<HostMeasurement> RunOn(string uri, LitmusProgram program, int rounds, CancellationToken cancel)
    {
        Invariant.Holds(DeviceUri.TryParse(uri, out var parsed, out _));
        using var device = DeviceFactory.Open(parsed!, locations);
        Explore(program, device, _warmUpFor, new Meter(time), cancel);
        var meter = new Meter(time);
        var explored = Explore(program, device, _exploreFor, meter, cancel);
        var schedules = explored.Outcomes.Select(outcome => outcome.Shortest).ToList();
        var (saves, restores, replays) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            Snapshots(program, device, saves, restores);
            for (var i = 0; i < ReplaysInARound; i++)
            {
                var started = time.GetTimestamp();
                Replay(program, device, schedules[(round * ReplaysInARound + i) % schedules.Count]);
                replays.Add(time.GetElapsedTime(started).TotalMicroseconds);
            }
        }

        var step = meter.MicrosecondsOfAStep ?? explored.Elapsed.TotalMicroseconds / explored.Transitions;
        return
        [
            new($"{Litmus} on {uri} save of host and device", Median(saves), "us"),
            new($"{Litmus} on {uri} restore of host and device", Median(restores), "us"),
            new($"{Litmus} on {uri} explorer", explored.StatesPerSecond, "states/s"),
            new($"{Litmus} on {uri} explorer, one step", step, "us"),
            new(
                $"{Litmus} on {uri} naive way, one step: from the start", Median(replays), "us", Median(replays) / step,
                $"{Litmus} on {uri} explorer, one step"),
        ];
    }

    private ExploreResult Explore(LitmusProgram program, IDevice device, TimeSpan limit, Meter meter, CancellationToken cancel)
    {
        var options = new ExploreOptions { Bounds = new ExploreBounds { Time = limit } };
        var result = new Explorer(program, device, options, time).Explore(meter, cancel);
        cancel.ThrowIfCancellationRequested();
        return result;
    }

    // Of states along one run: a save has something to save each time.
    private void Snapshots(LitmusProgram program, IDevice device, List<double> saves, List<double> restores)
    {
        var machine = new LitmusMachine(program, device, new BenchOptions());
        machine.Save();
        var (save, restore) = (0.0, 0.0);
        for (var i = 0; i < SavesInARound; i++)
        {
            var depth = 0;
            for (; depth < DepthOfSaves && machine.Moves() is { Count: > 0 } moves; depth++)
            {
                machine.Apply(moves[depth % moves.Count]);
                var started = time.GetTimestamp();
                machine.Save();
                save += time.GetElapsedTime(started).TotalMicroseconds;
            }

            for (; depth > 0; depth--)
            {
                machine.Drop();
                var started = time.GetTimestamp();
                machine.Restore();
                restore += time.GetElapsedTime(started).TotalMicroseconds;
            }
        }

        saves.Add(save / (SavesInARound * DepthOfSaves));
        restores.Add(restore / (SavesInARound * DepthOfSaves));
    }

    private static void Replay(LitmusProgram program, IDevice device, IReadOnlyList<string> schedule)
    {
        var machine = LitmusMachine.Forward(program, device, new BenchOptions());
        foreach (var action in schedule)
        {
            machine.Apply(MoveText.Parse(action, program));
        }
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>What a step costs once the search runs: the random runs in front of it do not count.</summary>
    private sealed class Meter(TimeProvider time) : IExploreProgress
    {
        private (long Transitions, long At)? _first;
        private (long Transitions, long At) _last;

        /// <summary>Null: the search was too short.</summary>
        public double? MicrosecondsOfAStep => _first is { } first && _last.Transitions > first.Transitions
            ? time.GetElapsedTime(first.At, _last.At).TotalMicroseconds / (_last.Transitions - first.Transitions) : null;

        public void Explored(string name, int states, long transitions, int depth)
        {
            _last = (transitions, time.GetTimestamp());
            _first = transitions == 0 ? null : _first ?? _last;
        }
    }
}
