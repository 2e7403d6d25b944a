using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Measures what HilBench costs: the same closed loop by hand in C++ (the limit), through HilBench without checking, and
/// with full checking, in alternating rounds on one thread of one process.
/// </summary>
public sealed class ClosedLoopBenchmark(DeviceLocations locations, string loopLibrary, TimeProvider time)
{
    private const int WarmUpRounds = 20;

    /// <summary>Transactions of one round; about 50 ms on the reference device.</summary>
    private const ulong RoundTransactions = 10_000;

    /// <summary>Measures.</summary>
    /// <param name="rounds">Alternating rounds, at least 5.</param>
    /// <param name="progress">Told each finished round, from 1.</param>
    /// <param name="cancel">Ends it between rounds.</param>
    /// <exception cref="BenchException">A library is missing, the ways differ, or the device misbehaves.</exception>
    public IReadOnlyList<BenchmarkRow> Run(int rounds, Action<int> progress, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 5);
        using var plainDevice = DeviceFactory.Open(Uri("rtl:"), locations);
        using var checkedDevice = DeviceFactory.Open(Uri("rtl:"), locations);
        using var modelDevice = DeviceFactory.Open(Uri("model:"), locations);
        var plain = new ClosedLoop(plainDevice, isChecked: false);
        var full = new ClosedLoop(checkedDevice, isChecked: true);
        var model = new ClosedLoop(modelDevice, isChecked: true);
        using var native = new NativeClosedLoop(loopLibrary, locations.CleanRtl, plain.Entries, plain.LatencyCycles);
        using var fuzzing = new FuzzLoop("rtl:", locations, time);
        Way[] ways =
        [
            new("(a) C++ loop by hand", native.Run, IsManaged: false),
            new("(b) HilBench, no checking", plain.Run, IsManaged: true),
            new("(c) HilBench, full checking", full.Run, IsManaged: true),
            new("    the same on model:", model.Run, IsManaged: true),
            new("(d) fuzzing on rtl:", fuzzing.Run, IsManaged: true),
        ];
        for (var round = 1; round <= WarmUpRounds + rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var way in ways)
            {
                way.Measure(time, RoundTransactions * (ulong)round, isCounted: round > WarmUpRounds);
            }

            progress(round - WarmUpRounds);
        }

        Verify(ways, full.Violations + model.Violations);
        return [.. ways.Select(way => way.Row(ways[0]))];
    }

    private static void Verify(Way[] ways, long violations)
    {
        if (ways[1].Totals != ways[0].Totals || ways[2].Totals != ways[0].Totals)
        {
            throw new BenchException(
                BenchLayer.Host,
                $"the loops did not do the same work: {ways[0].Totals}, {ways[1].Totals}, {ways[2].Totals}",
                "Figures of unequal work mean nothing; the C++ loop and ClosedLoop must be brought in step.");
        }

        if (violations > 0)
        {
            throw new BenchException(BenchLayer.Device, $"{violations} violations under load", "Run the conformance suite first.");
        }
    }

    private static DeviceUri Uri(string text) => DeviceUri.TryParse(text, out var uri, out var error)
        ? uri
        : throw new BenchException(BenchLayer.Host, error, "This is a bug of the bench.");

    private sealed record Way(string Name, Func<ulong, LoopTotals> Run, bool IsManaged)
    {
        private readonly List<double> _seconds = [];
        private readonly List<ulong> _transactions = [];
        private readonly List<ulong> _cycles = [];
        private long _allocated;

        public LoopTotals Totals { get; private set; }

        public void Measure(TimeProvider time, ulong until, bool isCounted)
        {
            var before = Totals;
            var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            var started = time.GetTimestamp();
            Totals = Run(until);
            var seconds = time.GetElapsedTime(started).TotalSeconds;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            if (isCounted)
            {
                _seconds.Add(seconds);
                _transactions.Add(Totals.Transactions - before.Transactions);
                _cycles.Add(Totals.Cycles - before.Cycles);
                _allocated += allocated;
            }
        }

        public BenchmarkRow Row(Way limit) => new(
            Name,
            Median(i => _transactions[i] / _seconds[i]),
            Median(i => _cycles[i] / _seconds[i]),
            Median(i => _transactions[i] / _seconds[i] / (limit._transactions[i] / limit._seconds[i])),
            IsManaged ? (double)_allocated / _transactions.Sum(count => (long)count) : null,
            Totals.Hash);

        private double Median(Func<int, double> value)
        {
            var sorted = Enumerable.Range(0, _seconds.Count).Select(value).Order().ToList();
            return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        }
    }
}
