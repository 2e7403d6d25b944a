using HilBench.Devices;
using HilBench.Journal;

namespace HilBench.Scenarios;

/// <summary>
/// Enumerates the interleavings of a litmus test: depth first, going back in memory, each state once, and of orders that
/// cannot matter only one.
/// </summary>
internal sealed partial class Explorer
{
    private const int LocalMovesMax = 10_000;
    private readonly LitmusProgram _program;
    private readonly ExploreOptions _options;
    private readonly TimeProvider _time;
    private readonly LitmusMachine _machine;
    private readonly Dictionary<(int Thread, int Moves, string? Site), MoverKind> _movers = [];
    private readonly List<ExplorerFrame> _path = [];
    private readonly OutcomeTable _outcomes = new();
    private readonly List<Move> _prefix = [];
    private StateGraph _graph = new();
    private string? _cut;
    private long _transitions;
    private long _started;

    /// <summary>Prepares an exploration: the device is brought up, and the initial state run to its end.</summary>
    /// <param name="program">The test.</param>
    /// <param name="device">Not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="time">For bounds in time and for rates; it decides nothing else.</param>
    public Explorer(LitmusProgram program, IDevice device, ExploreOptions options, TimeProvider time)
    {
        _program = program;
        // What a client's device and its callbacks share is not recorded: no order may be left out there.
        _options = options with { IsReduced = options.IsReduced && !TrustedSteps.HaveClients(program) };
        _time = time;
        _machine = new LitmusMachine(program, device, options.Bench);
        _machine.Conflicts.AreAllPartsShared = !TrustedSteps.AreAll(program);
    }

    /// <summary>States seen so far.</summary>
    public int States => _graph.Count;

    /// <summary>Steps tried so far, those of searches that began anew included.</summary>
    public long Transitions => _transitions;

    /// <summary>Explores until everything was seen, a bound is met, or it is cancelled.</summary>
    public ExploreResult Explore(IExploreProgress progress, CancellationToken cancel)
    {
        _started = _time.GetTimestamp();
        _machine.Save();
        // They show most of what is shared before the search relies on what is not, and much of what can come out.
        var runs = new FirstRuns(_machine, new SeededChoice(_options.Bench.Seed).Child("explore"));
        if (_rest is null)
        {
            runs.Make();
        }

        var restarts = -1;
        do
        {
            restarts++;
            if (_rest is { } rest)
            {
                TakeUp(rest);
                _rest = null;
            }
            else
            {
                Begin();
                EnterStart();
            }

            Search(progress, cancel);
        }
        while (_machine.Conflicts.IsContradicted && _cut is null);
        Remember();
        Unwind();
        var elapsed = _time.GetElapsedTime(_started);
        var outcomes = _outcomes.Summarize(_graph, ScheduleOf);
        var missed = runs.Outcomes(_machine.ScheduleOf).Where(seen => !outcomes.Any(known => known.Text == seen.Text)).ToList();
        if (missed.Count > 0)
        {
            _cut ??= "the search missed an outcome that one of the first runs had";
        }

        return new ExploreResult
        {
            Name = _program.Name,
            Title = _program.Title,
            States = _graph.Count,
            Transitions = _transitions,
            Restarts = restarts,
            Elapsed = elapsed,
            Cut = _cut,
            Outcomes = [.. outcomes.Concat(missed).OrderBy(outcome => outcome.Text, StringComparer.Ordinal)],
            Violations = _outcomes.Violations(_graph, ScheduleOf),
        };
    }

    private IReadOnlyList<string> ScheduleOf(IEnumerable<Move> moves) => _machine.ScheduleOf(_prefix.Concat(moves));

    private void Begin()
    {
        Unwind();
        _machine.Restore();
        _machine.Conflicts.Begin();
        _graph = new StateGraph();
        _outcomes.Clear();
        _cut = null;
    }

    private void Unwind()
    {
        for (; _path.Count > 0; _path.RemoveAt(_path.Count - 1))
        {
            _machine.Drop();
        }
    }

    private void EnterStart()
    {
        RunLocalsAtStart();
        _machine.Save();
        Enter([], thread: -1, preemptions: 0, violations: 0, from: null);
    }

    private void Search(IExploreProgress progress, CancellationToken cancel)
    {
        while (_path.Count > 0)
        {
            var frame = _path[^1];
            if (frame.Next == frame.Moves.Length)
            {
                Leave(frame);
                continue;
            }

            if (IsStopped(progress, cancel))
            {
                return;
            }

            Try(frame, frame.Moves[frame.Next++]);
        }
    }

    private bool IsStopped(IExploreProgress progress, CancellationToken cancel)
    {
        var bounds = _options.Bounds;
        _cut = cancel.IsCancellationRequested ? "interrupted"
            : _graph.Count >= bounds.States ? $"states={bounds.States}"
            : (_transitions & 0xFF) == 0 && bounds.Time is { } most && _time.GetElapsedTime(_started) > most ? $"{most.TotalMinutes:0.##} minutes"
            : _cut;
        if ((_transitions & 0xFFF) == 0)
        {
            progress.Explored(_program.Name, _graph.Count, _transitions, _path.Count);
        }

        return _machine.Conflicts.IsContradicted || (_cut is not null && !_cut.StartsWith("depth", StringComparison.Ordinal)
            && !_cut.StartsWith("preemptions", StringComparison.Ordinal));
    }

    private void Try(ExplorerFrame frame, Move move)
    {
        var isPreempting = move.Kind == MoveKind.Thread && frame.Thread >= 0 && move.First != frame.Thread && CouldGoOn(frame);
        var preemptions = frame.Preemptions + (isPreempting ? 1 : 0);
        if (preemptions > _options.Bounds.Preemptions)
        {
            _cut ??= $"preemptions={_options.Bounds.Preemptions}";
            frame.HasProgress = true;
            return;
        }

        if (_path.Count > _options.Bounds.Depth)
        {
            _cut ??= $"depth={_options.Bounds.Depth}";
            frame.HasProgress = true;
            return;
        }

        if (frame.IsLeft)
        {
            _machine.Restore();
        }

        frame.IsLeft = true;
        var (footprint, length) = Step(move);
        _transitions++;
        var asleep = new List<(Move, Footprint)>();
        foreach (var other in frame.Asleep)
        {
            if (!other.Footprint.ConflictsWith(footprint))
            {
                asleep.Add(other);
            }
        }

        _machine.Save();
        var thread = move.Kind == MoveKind.Thread ? move.First : frame.Thread;
        frame.Taken = (move, length);
        var edges = _graph.Edges.Count;
        if (!Enter(asleep, thread, preemptions, frame.Violations, (frame, move, length)))
        {
            _machine.Drop();
        }

        // A try that led nowhere may lead somewhere when others have moved.
        if (_options.IsReduced && _options.Bounds.Preemptions is null && _graph.Edges.Count > edges)
        {
            frame.Asleep.Add((move, footprint));
        }
    }

    private static bool CouldGoOn(ExplorerFrame frame) =>
        Array.Exists(frame.Moves, move => move.Kind == MoveKind.Thread && move.First == frame.Thread);

    /// <summary>
    /// Makes a move, and with it those of the same thread behind it that need no choice in between: takers of locks, then one
    /// visible move, then local ones.
    /// </summary>
    private (Footprint Footprint, ushort Length) Step(Move move)
    {
        while (true)
        {
            var footprint = new Footprint();
            _machine.Apply(move);
            footprint.Add(_machine.Footprint);
            ushort length = 1;
            if (!_options.IsReduced || move.Kind != MoveKind.Thread)
            {
                return (footprint, length);
            }

            var isTaking = MayBeLocal(move.First) && _machine.Conflicts.Classify(move.First, _machine.Footprint) != MoverKind.Visible;
            if (TryFollow(move.First, footprint, isTaking, ref length))
            {
                return (footprint, length);
            }

            _machine.Restore();
        }
    }

    // False: a move turned out not to be local; that is known from now on, and the machine must go back.
    private bool TryFollow(int thread, Footprint footprint, bool isTaking, ref ushort length)
    {
        while (length < LocalMovesMax && MayBeLocal(thread) && _machine.CanMove(thread))
        {
            var position = _machine.PositionOf(thread);
            if (!isTaking && _movers.GetValueOrDefault(position) != MoverKind.Local)
            {
                return true;
            }

            _machine.Apply(new Move(MoveKind.Thread, (byte)thread));
            var kind = IsBlocked(thread) ? MoverKind.Visible : _machine.Conflicts.Classify(thread, _machine.Footprint);
            if (kind > _movers.GetValueOrDefault(position))
            {
                _movers[position] = kind;
            }

            if (!isTaking && kind != MoverKind.Local)
            {
                return false;
            }

            isTaking &= kind != MoverKind.Visible;
            footprint.Add(_machine.Footprint);
            length++;
        }

        return true;
    }

    private void RunLocalsAtStart()
    {
        _prefix.Clear();
        for (var thread = 0; _options.IsReduced && thread < _machine.Run.Threads.Count; thread++)
        {
            ushort length = 0;
            if (!TryFollow(thread, new Footprint(), isTaking: false, ref length))
            {
                _machine.Restore();
                _prefix.Clear();
                thread = -1;
                continue;
            }

            _prefix.AddRange(Enumerable.Repeat(new Move(MoveKind.Thread, (byte)thread), length));
        }
    }

    private bool MayBeLocal(int thread)
    {
        var moving = _machine.Run.Threads[thread];
        return moving.State != LitmusThreadState.Ended && !IsBlocked(thread) && TrustedSteps.Has(moving.Step);
    }

    // It looked at what others change and found that it must wait: that is no private matter.
    private bool IsBlocked(int thread)
    {
        var moving = _machine.Run.Threads[thread];
        return moving.State == LitmusThreadState.WaitsForLock || (moving.State == LitmusThreadState.WaitsForDevice && moving.IsOver is null);
    }

    /// <summary>Arrives in the state of the last save. False: nothing new is to be tried there.</summary>
    private bool Enter(
        List<(Move Move, Footprint Footprint)> asleep, int thread, int preemptions, int violations,
        (ExplorerFrame Frame, Move Move, ushort Length)? from)
    {
        var hash = _machine.Hash();
        hash = _options.Bounds.Preemptions is null ? hash : hash + (UInt128)(ulong)(preemptions + 1) * 0x9E3779B97F4A7C15 + (ulong)(thread + 1);
        var state = _graph.Find(hash, _options.IsMerged, out var isNew);
        if (from is { } way)
        {
            if (state == way.Frame.State)
            {
                return false;
            }

            way.Frame.HasProgress = true;
            _graph.Add(new StateGraph.Edge(way.Frame.State, state, way.Move, way.Length));
        }

        var found = _machine.Bench.Checker.Violations;
        for (var i = violations; i < found.Count; i++)
        {
            _outcomes.AddViolation(found[i], state, _path);
        }

        var mask = asleep.Aggregate(0UL, (bits, other) => bits | MoveSet.BitOf(other.Move));
        ref var known = ref _graph.AsleepAt(state);
        var wanted = isNew ? ~mask : known & ~mask;
        known = isNew ? mask : known & mask;
        if (wanted == 0)
        {
            return false;
        }

        var enabled = _machine.Moves();
        var moves = enabled.Where(move => (wanted & MoveSet.BitOf(move)) != 0).ToArray();
        if (!isNew && moves.Length == 0)
        {
            return false;
        }

        _path.Add(new ExplorerFrame(state, moves, asleep)
        {
            IsNew = isNew,
            HasProgress = moves.Length < enabled.Count,
            Thread = thread,
            Preemptions = preemptions,
            Violations = found.Count,
        });
        return true;
    }

    private void Leave(ExplorerFrame frame)
    {
        if (frame.IsNew && !frame.HasProgress)
        {
            // Nothing can happen here any more; who waits, waits for ever.
            if (frame.IsLeft)
            {
                _machine.Restore();
            }

            _graph.SetOutcome(frame.State, _outcomes.Add(_machine.Run.Outcome()));
        }

        _machine.Drop();
        _path.RemoveAt(_path.Count - 1);
    }
}
