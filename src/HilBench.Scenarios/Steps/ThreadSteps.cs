using HilBench.Journal;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>Steps that say themselves who moves and how far: one exact interleaving.</summary>
internal static class ThreadSteps
{
    private const string End = "end";
    private const string Blocked = "blocked";

    private static readonly Dictionary<string, PreemptionKind> _points = new()
    {
        ["lock-taken"] = PreemptionKind.LockTaken,
        ["lock-dropped"] = PreemptionKind.LockDropped,
        ["entry-changed"] = PreemptionKind.EntryChanged,
        ["cpu-flushed"] = PreemptionKind.CpuTlbFlushed,
        ["before-notifier"] = PreemptionKind.BeforeNotifier,
        ["after-notifier"] = PreemptionKind.AfterNotifier,
        ["before-flush"] = PreemptionKind.BeforeGatherFlush,
        ["before-free"] = PreemptionKind.BeforeFree,
        ["page-copied"] = PreemptionKind.PageCopied,
        ["client"] = PreemptionKind.ClientStep,
    };

    /// <summary>Makes a thread of some steps, and moves it when a point is given.</summary>
    public static StepBody Begin(MapReader map)
    {
        var name = map.Name("as");
        var steps = StepReader.ReadAll(map, "steps");
        var move = map.Has("until") ? ReadMove(map) : null;
        return run =>
        {
            if (run.Threads.TryGetValue(name, out var other))
            {
                other.MustHaveEnded();
            }

            var thread = new ScenarioThread(name, StepReader.Sequence(steps, run).GetEnumerator(), map.Place);
            run.Threads[name] = thread;
            return move is null ? [] : move(run, thread);
        };
    }

    /// <summary>Moves a thread to a point, to its end, or until it waits for another.</summary>
    public static StepBody Go(MapReader map)
    {
        var name = map.Name("thread");
        var move = ReadMove(map);
        return run => run.Threads.TryGetValue(name, out var thread)
            ? move(run, thread)
            : throw map.PlaceOf("thread").Error($"there is no thread '{name}'", NearestName.Suggest(name, run.Threads.Keys));
    }

    private static Func<ScenarioRun, ScenarioThread, IEnumerable<Pause>> ReadMove(MapReader map)
    {
        var until = map.OneOf("until", End, [End, Blocked, .. _points.Keys]);
        var site = map.Text("site", string.Empty);
        var times = map.Integer("times", 1, low: 1, high: 100_000);
        return (run, thread) => Move(run, thread, until, site, times, map.Place);
    }

    private static IEnumerable<Pause> Move(
        ScenarioRun run, ScenarioThread thread, string until, string site, int times, Place place)
    {
        while (run.Concurrently(thread.Steps))
        {
            var pause = thread.Steps.Current;
            if (pause.Kind == PauseKind.Lock)
            {
                if (until == End)
                {
                    throw place.Error($"the thread waits for another in {pause.At.Site}", "Write 'until: blocked' and let the other go on.");
                }

                yield break;
            }

            var isThere = _points.TryGetValue(until, out var kind) && pause.At.Kind == kind
                && (site.Length == 0 || pause.At.Site == site);
            if (isThere && --times == 0)
            {
                yield break;
            }

            if (pause.Kind == PauseKind.Device)
            {
                yield return pause;
            }
        }

        thread.HasEnded = true;
    }
}
