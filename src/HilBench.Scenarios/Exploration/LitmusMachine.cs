using HilBench.Devices;
using HilBench.Journal;
using HilBench.Memory;

namespace HilBench.Scenarios;

/// <summary>
/// A litmus test of which somebody else decides every move, and which can go back: host and device are saved and restored
/// together, in memory.
/// </summary>
internal sealed class LitmusMachine
{
    private readonly HeapCheckpoint _heap;
    private readonly MemoryCheckpoint _memory;
    private readonly DeviceCheckpoint _device;
    private readonly bool[] _canMove;
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
        Bench = new Bench(device, program.OptionsOn(options));
        Run = new LitmusRun(program, Bench);
        Run.Setup();
        Bench.Wire.BeginChoices();
        _canMove = new bool[Run.Threads.Count];
        _memory = new MemoryCheckpoint(Bench.Memory);
        _device = isSaved ? new DeviceCheckpoint(device, Bench.Wire) : null!;
        _heap = isSaved ? new HeapCheckpoint(Bench, Run, device, _canMove) : null!;
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
    public List<Move> Moves()
    {
        _moves.Clear();
        for (var i = 0; i < Run.Threads.Count; i++)
        {
            if (Run.Threads[i].CanMove)
            {
                _moves.Add(new Move(MoveKind.Thread, (byte)i));
            }
        }

        var choices = Bench.Wire.Choices!;
        AddLanes(choices.UpLanes, MoveKind.Take);
        AddLanes(choices.DownLanes, MoveKind.Deliver);
        AddPairs(choices);
        if (Bench.CanServePages)
        {
            _moves.Add(new Move(MoveKind.Serve, 0));
        }

        return _moves;
    }

    /// <summary>Lets one thing happen.</summary>
    public void Apply(Move move)
    {
        switch (move.Kind)
        {
            case MoveKind.Thread:
                Run.Threads[move.First].Move();
                break;
            case MoveKind.Take:
                Bench.Wire.Take(move.Lane);
                break;
            case MoveKind.Serve:
                Bench.MovePageService();
                break;
            default:
                _device?.Moved();
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

    /// <summary>The state of the last save, as a number: equal when what can happen from there is equal.</summary>
    public UInt128 Hash() => _heap.Hash() + _memory.Hash;

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
