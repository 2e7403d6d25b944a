using HilBench.Links;
using HilBench.Links.Contract;

namespace HilBench.Lab.Tests;

/// <summary>A board with rails, sensors and PERST# at the end of a simulated cable, and gear around it that a test sees.</summary>
internal sealed class SimulatedBoard : IGearBox
{
    private readonly BoardLink _link;
    private ushort _session = 1;

    public SimulatedBoard(BoardFeatures features = BoardSim.Features | BoardFeatures.Device, BoardSimSettings? settings = null)
    {
        Cable = new SimulatedCable(Time);
        _link = new BoardLink(Cable.BoardEnd, new LinkSettings { Board = new BoardIdentity(features, 0, "bench board", "1", "07") }, Time);
        Sim = new BoardSim(settings ?? new BoardSimSettings(), _link);
        Cable.BoardStep = Step;
        Cable.BoardTimerUs = () => Math.Min(_link.NextTimerUs, Sim.NextTimerUs);
    }

    public VirtualTime Time { get; } = new();

    public SimulatedCable Cable { get; }

    public BoardSim Sim { get; }

    /// <summary>What was switched, in order: "relay on", "perst off".</summary>
    public List<string> Switched { get; } = [];

    /// <summary>What the sensors around the board measure, by bus address.</summary>
    public Dictionary<int, (MeasurementUnit Unit, int Value)> Sensors { get; } = [];

    /// <summary>Whether the board hears anything: it has power.</summary>
    public bool IsAlive { get; set; } = true;

    /// <summary>Answers of the board to requests that are not of board control.</summary>
    public Func<byte[], byte[]> Answer { get; set; } = request => [request[0], (byte)ReplyStatus.Unknown];

    public HostLink OpenLink() => new(Cable.HostEnd, new LinkSettings(), Time, _session++);

    public LabBoard Open(BoardEntry entry) => new(entry, this, OpenLink, Time, CancellationToken.None);

    public IGearLine OpenLine(SwitchEntry entry) => new Line(this, ((LineEntry)entry).Line);

    public IGearSensor OpenSensor(MonitorSource entry) => new Sensor(this, ((Ina219Source)entry).Address);

    private void Step()
    {
        if (!IsAlive)
        {
            return;
        }

        _link.Receive(Deadline.Now);
        if (_link.TryTakeRequest(out var request) && !Sim.TryBegin(request))
        {
            _link.Reply(Answer(request.ToArray()));
        }

        Sim.Step();
        _link.Transmit();
    }

    private sealed class Line(SimulatedBoard board, string name) : IGearLine
    {
        private bool _isOn;

        public bool? Read() => _isOn;

        public void Turn(bool isOn)
        {
            lock (board.Switched)
            {
                board.Switched.Add($"{name} {(isOn ? "on" : "off")}");
            }

            _isOn = isOn;
            board.IsAlive = name == "relay" ? isOn : board.IsAlive;
        }

        public void Dispose()
        {
            // A relay keeps its level.
        }
    }

    private sealed class Sensor(SimulatedBoard board, int address) : IGearSensor
    {
        public IReadOnlyList<(MeasurementUnit Unit, int Value)> Measure() => board.Sensors.TryGetValue(address, out var value)
            ? [value]
            : throw new Journal.BenchException(Journal.BenchLayer.Board, $"nothing answers at 0x{address:x2}", "Check the wires.");

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
