using HilBench.Journal;
using static HilBench.Notifiers.Tests.SubscriptionBench;

namespace HilBench.Notifiers.Tests;

/// <summary>The mistakes of 3.2 that the collision-retry protocol cannot forgive.</summary>
internal enum IntervalMistake
{
    /// <summary>None: a correct client.</summary>
    None = 0,

    /// <summary>B14: the interval ends one page too early.</summary>
    LastPageLeftOut,

    /// <summary>B15: the sequence is set only when something was dropped.</summary>
    SequenceOnlyWhenDropped,

    /// <summary>B16: read_retry is asked outside the lock.</summary>
    RetryOutsideLock,
}

/// <summary>
/// CPUs change the pages of one mm inside announced ranges while readers mirror them through intervals; the seed decides
/// who moves at every point.
/// </summary>
internal sealed class IntervalInterleaving(ulong seed, IntervalMistake mistake)
{
    private const ulong Pages = 6;
    private readonly SeededChoice _choice = new(seed);
    private readonly SubscriptionBench _bench = new(KernelProfile.Linux61);
    private readonly int[] _entries = new int[Pages];
    private readonly List<Mirror> _mirrors = [];
    private uint _operations = 100;
    private string? _wrong;

    private IntervalNotifiers Intervals => _bench.Subscriptions.Intervals;

    /// <summary>What went wrong first; null: nothing did.</summary>
    public string? Run()
    {
        var threads = new List<IEnumerator<PreemptionPoint>>();
        for (var i = 0; i < 3; i++)
        {
            threads.Add(Changer().GetEnumerator());
            threads.Add(Reader().GetEnumerator());
        }

        for (var steps = 0; threads.Count > 0 && _wrong is null; steps++)
        {
            if (steps > 100_000)
            {
                return "somebody waits for ever";
            }

            var thread = threads[(int)_choice.Below((ulong)threads.Count)];
            if (!thread.MoveNext())
            {
                threads.Remove(thread);
            }

            Check();
        }

        return _wrong ?? (Intervals.ActiveRanges != 0 || Intervals.Sequence % 2 != 0 ? "the protocol is not at rest" : null);
    }

    private static NotifierRange RangeOf(ulong first, ulong count) =>
        Range() with { Start = new(first << 12), End = new((first + count) << 12) };

    /// <summary>Changes the pages of a range between its start and its end.</summary>
    private IEnumerable<PreemptionPoint> Changer()
    {
        for (var round = 0; round < 6; round++)
        {
            // The very first interval is waited for as mm_take_all_locks does: everything runs once it is there.
            if (!Intervals.IsEnabled)
            {
                yield return Pause;
                continue;
            }

            var cpu = new CpuContext(_operations++) { HoldsMmapLock = true };
            var first = _choice.Below(Pages);
            var count = 1 + _choice.Below(Pages - first);
            var range = RangeOf(first, count);
            var sequence = Intervals.Sequence;
            var hits = _mirrors.Exists(mirror => mirror.Interval?.IsInTree == true && range.Overlaps(mirror.Interval.Range));
            var wasIdle = Intervals.ActiveRanges == 0;
            foreach (var point in _bench.Subscriptions.Start(cpu, range))
            {
                yield return point;
            }

            // I7: alone, and without a hit, it disturbs nobody.
            _wrong ??= wasIdle && !hits && Intervals.ActiveRanges == 1 && Intervals.Sequence != sequence
                ? "a range that hits nothing made readers wait" : null;
            for (var page = first; page < first + count; page++)
            {
                _entries[page]++;
                yield return Pause;
            }

            foreach (var point in _bench.Subscriptions.End(cpu, range, Placement.None))
            {
                yield return point;
            }
        }
    }

    /// <summary>Watches some pages, mirrors them a few times, and stops watching.</summary>
    private IEnumerable<PreemptionPoint> Reader()
    {
        for (var round = 0; round < 3; round++)
        {
            var first = _choice.Below(Pages);
            var count = 1 + _choice.Below(Pages - first);
            var mirror = new Mirror(this, mistake);
            var watched = mistake == IntervalMistake.LastPageLeftOut && count > 1 ? count - 1 : count;
            mirror.Interval = Intervals.Insert(mirror, new(new(first << 12), new((first + watched) << 12)));
            _mirrors.Add(mirror);
            for (var read = 0; read < 4; read++)
            {
                var page = first + _choice.Below(count);
                for (var isInstalled = false; !isInstalled;)
                {
                    ulong sequence;
                    while (!Intervals.TryReadBegin(mirror.Interval, out sequence))
                    {
                        yield return Pause;
                    }

                    yield return Pause;
                    var entry = _entries[page];
                    yield return Pause;
                    var mustRetry = IntervalNotifiers.MustRetry(mirror.Interval, sequence);
                    if (mistake == IntervalMistake.RetryOutsideLock)
                    {
                        yield return Pause;
                    }

                    if (!mustRetry)
                    {
                        mirror.Entries[page] = entry;
                        isInstalled = true;
                    }
                }

                yield return Pause;
            }

            foreach (var point in Intervals.Remove(mirror.Interval))
            {
                yield return point;
            }

            mirror.IsRemoved = true;
            mirror.Entries.Clear();
        }
    }

    private static PreemptionPoint Pause => new(PreemptionKind.None, "test");

    /// <summary>I5 and I6: what a mirror holds is what the page table holds.</summary>
    private void Check()
    {
        foreach (var mirror in _mirrors)
        {
            foreach (var (page, entry) in mirror.Entries)
            {
                _wrong ??= entry == _entries[page] ? null : $"page {page} is mirrored as {entry}, it is {_entries[page]}";
            }
        }
    }

    private sealed class Mirror(IntervalInterleaving world, IntervalMistake mistake) : IIntervalClient
    {
        public Dictionary<ulong, int> Entries { get; } = [];

        public IntervalSubscription? Interval { get; set; }

        public bool IsRemoved { get; set; }

        public bool Invalidate(IntervalSubscription interval, in NotifierRange range, ulong sequence)
        {
            // I9.
            world._wrong ??= IsRemoved ? "a callback came after remove had returned" : null;
            var (start, end) = (range.Start.Value >> 12, range.End.Value >> 12);
            var dropped = Entries.Keys.Where(page => page >= start && page < end).ToList();
            dropped.ForEach(page => Entries.Remove(page));
            if (mistake != IntervalMistake.SequenceOnlyWhenDropped || dropped.Count > 0)
            {
                IntervalNotifiers.SetSequence(interval, sequence);
            }

            return true;
        }
    }
}
