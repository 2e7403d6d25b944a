using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;
using HilBench.Notifiers;

namespace HilBench.Scenarios;

/// <summary>
/// A litmus test of which somebody else decides every move, and which can go back: host and device are saved and restored
/// together, in memory.
/// </summary>
internal sealed class LitmusMachine
{
    /// <summary>An exploration's runs are short; what the checkers remember is saved with every state.</summary>
    private const int CheckerMemoryLog2 = 7;
    private readonly HeapCheckpoint _heap;
    private readonly MemoryCheckpoint _memory;
    private readonly DeviceCheckpoint _device;
    private readonly bool[] _canMove;
    private readonly FootprintRecorder _recorder;
    private readonly List<Move> _moves = [];

    /// <summary>Brings a device up, runs the initial state to its end, and stops there.</summary>
    /// <param name="program">The test.</param>
    /// <param name="device">Not owned.</param>
    /// <param name="options">What was asked for; the test's placements are added.</param>
    /// <exception cref="BenchException">The device does not answer, or has no snapshots.</exception>
    /// <exception cref="InputException">The initial state asks for what the kernel refuses.</exception>
    public LitmusMachine(LitmusProgram program, IDevice device, BenchOptions options)
        : this(program, device, options, isSaved: true)
    {
    }

    private LitmusMachine(LitmusProgram program, IDevice device, BenchOptions options, bool isSaved)
    {
        Bench = new Bench(device, program.OptionsOn(options with { CheckerMemoryLog2 = CheckerMemoryLog2 }));
        Run = new LitmusRun(program, Bench);
        Run.Setup();
        Bench.Wire.BeginChoices();
        _canMove = new bool[Run.Threads.Count];
        _memory = new MemoryCheckpoint(Bench.Memory);
        _recorder = new FootprintRecorder(Bench.Memory.FrameCount);
        if (isSaved)
        {
            _memory.Watcher = _recorder;
            Run.Recorder = _recorder;
            Bench.Journal.Subscribe(_recorder);
        }

        _device = isSaved ? new DeviceCheckpoint(device, Bench.Wire) : null!;
        _heap = isSaved ? new HeapCheckpoint(Evidence(program, device), Bench, Run, device, _canMove) : null!;
    }

    /// <summary>The host.</summary>
    public Bench Bench { get; }

    /// <summary>The test on it.</summary>
    public LitmusRun Run { get; }

    /// <summary>Objects of the host that are saved.</summary>
    public int Objects => _heap.Objects;

    /// <summary>Bytes of a snapshot of the device; 0: it is made of the host's objects.</summary>
    public int DeviceBytes => _device.Bytes;

    /// <summary>Objects by their type.</summary>
    public IEnumerable<(Type Type, int Count, long Length)> Census() => _heap.Census();

    /// <summary>A machine that cannot go back, for replays.</summary>
    public static LitmusMachine Forward(LitmusProgram program, IDevice device, BenchOptions options) =>
        new(program, device, options, isSaved: false);

    /// <summary>What can happen next. The list is used again by the next call.</summary>
    public IReadOnlyList<Move> Moves()
    {
        _moves.Clear();
        for (var i = 0; i < Run.Threads.Count; i++)
        {
            if (CanMove(i))
            {
                _moves.Add(new Move(MoveKind.Thread, (byte)i));
            }
        }

        var choices = Bench.Wire.Deliveries!;
        AddLanes(choices.UpLanes, MoveKind.Take);
        AddLanes(choices.DownLanes, MoveKind.Deliver);
        AddPairs(choices);
        if (Bench.CanServePages)
        {
            _moves.Add(new Move(MoveKind.Serve, 0));
        }

        return _moves;
    }

    /// <summary>What the last <see cref="Apply"/> looked at and changed; used again by the next one.</summary>
    public Footprint Footprint => _recorder.Current;

    /// <summary>Who uses what.</summary>
    public ConflictTable Conflicts { get; } = new();

    /// <summary>Who makes a move: its thread, or the host's end of the link.</summary>
    public static int ActorOf(Move move) => move.Kind == MoveKind.Thread ? move.First : FootprintRecorder.ActorsMax - 1;

    /// <summary>Where a thread stands, the same on every way there that it took alike.</summary>
    public (int Thread, int Moves, string? Site) PositionOf(int thread) =>
        (thread, _recorder.MovesOf(thread), Run.Threads[thread].Pause.At.Site);

    /// <summary>The names of moves.</summary>
    public IReadOnlyList<string> ScheduleOf(IEnumerable<Move> moves) => [.. moves.Select(move => MoveText.Of(move, Run.Program))];

    /// <summary>Whether a thread can move.</summary>
    public bool CanMove(int thread)
    {
        var moving = Run.Threads[thread];
        if (moving.State != LitmusThreadState.WaitsForCondition)
        {
            return moving.CanMove;
        }

        // What it waits for is looked at by it, not by who moved last.
        _heap?.Moved();
        _recorder.Begin(thread);
        _recorder.IsOn = true;
        var canMove = moving.CanMove;
        _recorder.IsOn = false;
        Conflicts.Enter(thread, _recorder.Current);
        return canMove;
    }

    /// <summary>Lets one thing happen, and records what it used.</summary>
    public void Apply(Move move)
    {
        _heap?.Moved();
        _recorder.Begin(ActorOf(move));
        _recorder.IsOn = true;
        _recorder.Count(ActorOf(move));
        Do(move);
        if (move.Kind == MoveKind.Thread)
        {
            _recorder.Current.EndLocks(isWaiting: Run.Threads[move.First].State == LitmusThreadState.WaitsForLock);
        }

        _recorder.IsOn = false;
        Conflicts.Enter(ActorOf(move), _recorder.Current);
    }

    private void Do(Move move)
    {
        switch (move.Kind)
        {
            case MoveKind.Thread:
                if (!Run.Threads[move.First].Move())
                {
                    _recorder.OnTest(LitmusRun.EndOf(move.First), isWrite: true);
                }

                break;
            case MoveKind.Take:
                _recorder.OnLink(Footprint.Place.Taking);
                Bench.Wire.Take(move.Lane);
                break;
            case MoveKind.Serve:
                Bench.MovePageService();
                break;
            default:
                _device?.Moved();
                _recorder.OnLink(Footprint.Place.Device);
                var isTwo = move.Kind == MoveKind.DeliverTwo;
                Bench.Wire.Deliver(move.Lane, isFollowed: isTwo);
                if (isTwo)
                {
                    Bench.Wire.Deliver(move.NextLane, isFollowed: false);
                }

                break;
        }
    }

    /// <summary>Remembers this moment.</summary>
    public void Save()
    {
        for (var i = 0; i < _canMove.Length; i++)
        {
            _canMove[i] = Run.Threads[i].State != LitmusThreadState.WaitsForLock && Run.Threads[i].CanMove;
        }

        _heap.Save();
        _memory.Save();
        _device.Save();
    }

    /// <summary>Goes back to the last save, which stays.</summary>
    public void Restore()
    {
        _heap.Restore();
        _memory.Restore();
        _device.Restore();
    }

    /// <summary>Forgets the last save.</summary>
    public void Drop()
    {
        _heap.Drop();
        _memory.Drop();
        _device.Drop();
    }

    /// <summary>The state of the last save, as a number: equal when what can happen from there is equal. To be asked right behind a save or restore.</summary>
    public UInt128 Hash() => _heap.Hash() + _memory.Hash + _device.Hash;

    // The order of the LRU lists decides nothing where nothing reclaims. What the validator remembers decides an outcome only where
    // the test asks for its findings. A device in managed memory is compared by its objects,
    // but for a faulty one, which may look at its clock: that is compared by what it was given.
    private static Type[] Evidence(LitmusProgram program, IDevice device) =>
    [
        .. TrustedSteps.AreAll(program) ? [typeof(LruLists)] : Array.Empty<Type>(),
        .. program.Observed.Any(term => term.Text == "findings") ? Array.Empty<Type>() : [typeof(NotifierValidator)],
        device is ModelDevice { IsFaulty: true } ? typeof(ModelDevice) : typeof(ChosenDeliveries.GivenTlps),
    ];

    private void AddLanes(uint lanes, MoveKind kind)
    {
        for (var lane = DeliveryLane.Posted; lane <= DeliveryLane.Translation; lane++)
        {
            if ((lanes >> (int)lane & 1) != 0)
            {
                _moves.Add(new Move(kind, (byte)lane));
            }
        }
    }

    // What may follow at once is what could reach the device once the first has.
    private void AddPairs(ChosenDeliveries choices)
    {
        var lanes = choices.DownLanes;
        for (var lane = DeliveryLane.Posted; choices.DownCount > 1 && lane <= DeliveryLane.Translation; lane++)
        {
            for (var next = DeliveryLane.Posted; (lanes >> (int)lane & 1) != 0 && next <= DeliveryLane.Translation; next++)
            {
                if ((choices.DownLanesAfter(lane) >> (int)next & 1) != 0)
                {
                    _moves.Add(new Move(MoveKind.DeliverTwo, (byte)lane, (byte)next));
                }
            }
        }
    }
}
