using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>
/// Measures what the modelled kernel costs: page-table walks, munmap, interval notifiers, and an address space of 1 TiB.
/// </summary>
public sealed class HostBenchmark(TimeProvider time)
{
    private const ulong Page = 4096;
    private const ulong HugePage = 512 * Page;
    private const ulong TebiByte = 1UL << 40;
    private const int WalkedPages = 1 << 18;
    private const int UnmappedPages = 1 << 15;
    private const int Queries = 2000;
    private const int Inserts = 200;
    private const int WarmUpRounds = 8;
    private static readonly VirtualAddress _base = new(0x10_0000_0000);
    private readonly Dictionary<string, List<double>> _samples = [];

    /// <summary>Measures all.</summary>
    /// <param name="rounds">Alternating rounds, at least 5.</param>
    /// <param name="cancel">Ends it between rounds.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<HostMeasurement> Run(int rounds, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, 5);
        _samples.Clear();
        var walks = new Walks();
        int[] counts = [100, 1000, 10_000, 100_000];
        var intervals = counts.Select(count => new Intervals(count)).ToArray();
        for (var round = -WarmUpRounds; round < rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            if (round == 0)
            {
                _samples.Clear();
            }

            Sample("walk, 4 KiB pages", () => walks.Run(Page), WalkedPages);
            Sample("walk, 2 MiB pages", () => walks.Run(HugePage), WalkedPages);
            SampleUnmap("munmap, no subscriber", null);
            SampleUnmap("munmap, one start/end subscriber", NotifierCallbacks.InvalidateRangeStart | NotifierCallbacks.InvalidateRangeEnd);
            SampleUnmap("munmap, one secondary TLB", NotifierCallbacks.InvalidateSecondaryTlb);
            SampleUntouched();
            foreach (var tree in intervals)
            {
                Sample($"range that hits one of {tree.Count:N0} intervals", tree.Query, Queries);
                Sample($"insert and remove beside {tree.Count:N0}", tree.InsertAndRemove, Inserts);
            }
        }

        return [.. Rows(counts), .. Terabyte()];
    }

    private IEnumerable<HostMeasurement> Rows(int[] counts)
    {
        yield return Row("walk, 4 KiB pages", "ns/page");
        yield return Row("walk, 2 MiB pages", "ns/page");
        yield return Row("munmap, no subscriber", "ns/page");
        yield return Row("munmap, one start/end subscriber", "ns/page", "munmap, no subscriber");
        yield return Row("munmap, one secondary TLB", "ns/page", "munmap, no subscriber");
        yield return Row("munmap of 1 TiB untouched", "ns");
        foreach (var what in new[] { "range that hits one of {0:N0} intervals", "insert and remove beside {0:N0}" })
        {
            foreach (var count in counts)
            {
                var name = Name(what, count);
                yield return Row(name, "ns", count == counts[0] ? null : Name(what, counts[0]));
            }
        }
    }

    private static string Name(string what, int count) => string.Format(System.Globalization.CultureInfo.InvariantCulture, what, count);

    private HostMeasurement Row(string name, string unit, string? against = null)
    {
        var ratio = against is null ? (double?)null : Median([.. _samples[name].Zip(_samples[against], (a, b) => a / b)]);
        return new(name, Median(_samples[name]), unit, ratio, against);
    }

    private void Sample(string name, Action action, int count)
    {
        var started = time.GetTimestamp();
        action();
        Add(name, time.GetElapsedTime(started).TotalNanoseconds / count);
    }

    private void SampleUnmap(string name, NotifierCallbacks? callbacks)
    {
        var mm = NewSpace(1UL << 30);
        var range = VirtualRange.OfSize(_base, UnmappedPages * Page);
        mm.Mmap(range.SizeBytes, Protection.Read | Protection.Write, at: range.Start).RunToEnd();
        mm.Touch(range, forWrite: true).RunToEnd();
        if (callbacks is { } some)
        {
            mm.Register(new Listener(some)).RunToEnd();
        }

        Sample(name, () => mm.Munmap(range).RunToEnd(), UnmappedPages);
    }

    private void SampleUntouched()
    {
        var mm = NewSpace(64UL << 20);
        var range = VirtualRange.OfSize(_base, TebiByte);
        mm.Mmap(range.SizeBytes, Protection.Read | Protection.Write, at: range.Start).RunToEnd();
        Sample("munmap of 1 TiB untouched", () => mm.Munmap(range).RunToEnd(), 1);
    }

    /// <summary>Ten million mapped pages in 1 TiB, half of them in 2 MiB pages: memory, and time to build and unmap.</summary>
    private IEnumerable<HostMeasurement> Terabyte()
    {
        const ulong pieces = 9766;
        const ulong stride = 52UL << 20;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var mm = NewSpace(48UL << 30);
        var all = VirtualRange.OfSize(_base, TebiByte);
        var upper = _base.Add(TebiByte / 2);
        mm.Mmap(all.SizeBytes, Protection.Read | Protection.Write, at: all.Start).RunToEnd();
        mm.Madvise(VirtualRange.OfSize(upper, TebiByte / 2), Advice.HugePage).RunToEnd();
        var started = time.GetTimestamp();
        for (var i = 0UL; i < pieces; i++)
        {
            mm.Touch(VirtualRange.OfSize(_base.Add(i * stride), HugePage), forWrite: true).RunToEnd();
            mm.Touch(VirtualRange.OfSize(upper.Add(i * stride), Page), forWrite: true).RunToEnd();
        }

        var built = time.GetElapsedTime(started);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        started = time.GetTimestamp();
        mm.Munmap(all).RunToEnd();
        var unmapped = time.GetElapsedTime(started);
        var pages = 2.0 * pieces * 512;
        yield return new("1 TiB with 10 million mapped pages: memory", bytes / 1048576.0, "MiB");
        yield return new("1 TiB with 10 million mapped pages: faults", built.TotalNanoseconds / pages, "ns/page");
        yield return new("1 TiB with 10 million mapped pages: munmap", unmapped.TotalNanoseconds / pages, "ns/page");
    }

    private void Add(string name, double value)
    {
        if (!_samples.TryGetValue(name, out var values))
        {
            _samples.Add(name, values = []);
        }

        values.Add(value);
    }

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static AddressSpace NewSpace(ulong memoryBytes)
    {
        var journal = new EventJournal(new StillClock(), 4) { IsKept = false };
        return new Kernel(KernelProfile.Default, new PhysicalMemory(memoryBytes), journal).CreateAddressSpace();
    }

    private sealed class StillClock : IClock
    {
        public ulong Now => 0;
    }

    private sealed class Listener(NotifierCallbacks callbacks) : INotifierClient
    {
        public NotifierCallbacks Callbacks => callbacks;
    }

    /// <summary>Walks over addresses in an order that no prefetcher guesses.</summary>
    private sealed class Walks
    {
        private readonly AddressSpace _mm = NewSpace(4UL << 30);

        public Walks()
        {
            const Protection rw = Protection.Read | Protection.Write;
            _mm.Mmap(WalkedPages * Page, rw, at: _base).RunToEnd();
            _mm.Touch(VirtualRange.OfSize(_base, WalkedPages * Page), forWrite: true).RunToEnd();
            var huge = VirtualRange.OfSize(HugeBase, 256 * HugePage);
            _mm.Mmap(huge.SizeBytes, rw, at: huge.Start).RunToEnd();
            _mm.Madvise(huge, Advice.HugePage).RunToEnd();
            _mm.Touch(huge, forWrite: true).RunToEnd();
        }

        private static VirtualAddress HugeBase => _base.Add(64UL << 30);

        public void Run(ulong pageBytes)
        {
            var (at, pages) = pageBytes == Page ? (_base, (ulong)WalkedPages) : (HugeBase, 256UL);
            var next = 1UL;
            for (var i = 0; i < WalkedPages; i++)
            {
                next = (next * 6364136223846793005) + 1442695040888963407;
                Invariant.Holds(_mm.Tables.TryWalk(at.Add((next >> 40) % pages * pageBytes), out _));
            }
        }
    }

    /// <summary>An mm with many interval notifiers, one page each.</summary>
    private sealed class Intervals : IIntervalClient
    {
        private readonly AddressSpace _mm = NewSpace(64UL << 20);
        private readonly CpuContext _cpu = new(1) { HoldsMmapLock = true };
        private ulong _next = 1;

        public Intervals(int count)
        {
            Count = count;
            for (var i = 0UL; i < (ulong)count; i++)
            {
                _mm.Notifiers.Intervals.Insert(this, VirtualRange.OfSize(PageAt(i), Page));
            }
        }

        public int Count { get; }

        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            IntervalNotifiers.SetSequence(interval, sequence);
            return true;
        }

        public void Query()
        {
            for (var i = 0; i < Queries; i++)
            {
                var at = PageAt(Choose());
                var range = new NotifierRange(at, at.Add(Page), NotifierEvent.Clear, IsBlockable: true, Owner: 0);
                Drain(_mm.Notifiers.Start(_cpu, range));
                Drain(_mm.Notifiers.End(_cpu, range, Placement.None));
            }
        }

        public void InsertAndRemove()
        {
            for (var i = 0; i < Inserts; i++)
            {
                Drain(_mm.Notifiers.Intervals.Remove(_mm.Notifiers.Intervals.Insert(this, VirtualRange.OfSize(PageAt(Choose()), Page))));
            }
        }

        private static VirtualAddress PageAt(ulong i) => _base.Add(i * 2 * Page);

        private static void Drain(IEnumerable<PreemptionPoint> points)
        {
            foreach (var _ in points)
            {
            }
        }

        private ulong Choose()
        {
            _next = (_next * 6364136223846793005) + 1442695040888963407;
            return (_next >> 33) % (ulong)Count;
        }
    }
}
