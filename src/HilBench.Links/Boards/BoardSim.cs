using System.Buffers.Binary;
using System.Text;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>
/// Board control without a board: rails that come up after a while, PERST#, reference clock, measured values with limits, a
/// fault log. It does what the bridge firmware does (docs/firmware.md); the properties are what a test does to the board.
/// </summary>
public sealed class BoardSim
{
    /// <summary>What a board with this simulation offers beside its device.</summary>
    public const BoardFeatures Features = BoardFeatures.Control | BoardFeatures.Telemetry | BoardFeatures.Log;

    private const int MaxFaults = 16;
    private const int MaxText = 48;
    private const uint Tests = 0x1f;
    private static readonly TimeSpan _powerStable = TimeSpan.FromMilliseconds(100); // PCIe CEM: T_PVPERL
    private static readonly TimeSpan _clockStable = TimeSpan.FromMicroseconds(100); // PCIe CEM: T_PERST-CLK

    private readonly BoardSimSettings _settings;
    private readonly BoardLink _link;
    private readonly List<BoardFault> _faults = [];
    private readonly Queue<(FrameKind Kind, byte[] Payload)> _unsent = new();
    private readonly byte[] _reply = new byte[LinkLimits.MaxReply];
    private BoardOperation _order;
    private long _dueUs;
    private int _railsOn;
    private bool _isPowered;
    private bool _isPerstReleased;
    private bool _isClockOn;
    private bool _wasPresent = true;
    private bool _wasBitten;
    private bool _isRestartDue;
    private BoardEvent _fault;
    private long _poweredUs;
    private long _clockedUs;
    private long _intervalUs;
    private long _measureUs = long.MaxValue;
    private long _session;

    /// <summary>Makes a board that has just started.</summary>
    /// <param name="settings">What it is built of.</param>
    /// <param name="link">Its end of the link; not owned, and shared with the board's device.</param>
    public BoardSim(BoardSimSettings settings, BoardLink link)
    {
        _settings = settings;
        _link = link;
        Start();
    }

    /// <summary>Called when PERST# goes low, and when the board starts anew: the device is reset.</summary>
    public Action PerstAsserted { get; set; } = () => { };

    /// <summary>The temperature.</summary>
    public int MilliCelsius { get; set; } = 41_000;

    /// <summary>Whether a device is plugged in.</summary>
    public bool IsDevicePresent { get; set; } = true;

    /// <summary>Rails, by channel, whose power-good never comes.</summary>
    public ISet<byte> NeverGood { get; } = new HashSet<byte>();

    /// <summary>Rails, by channel, that give another voltage than they should, in millivolts.</summary>
    public IDictionary<byte, int> Measured { get; } = new Dictionary<byte, int>();

    /// <summary>Whether the device can work: power, clock, no reset, and a device.</summary>
    public bool IsDeviceUp => _isPowered && _isPerstReleased && _isClockOn && IsDevicePresent;

    /// <summary>When there is something to do by time, on the link's clock.</summary>
    public long NextTimerUs => Math.Min(_order == BoardOperation.None ? long.MaxValue : _dueUs, _measureUs);

    /// <summary>The board starts anew by itself, as if its watchdog had bitten.</summary>
    public void BiteWatchdog()
    {
        AddFault(BoardEvent.WatchdogBit, "the watchdog bit");
        _link.Restart(saysBye: false);
        Start();
        _wasBitten = true;
    }

    /// <summary>Begins a request if it is one of board control; it is answered in one of the next steps.</summary>
    /// <returns>False when it is not.</returns>
    public bool TryBegin(ReadOnlySpan<byte> request)
    {
        var operation = (BoardOperation)request[0];
        if (operation is < BoardOperation.Power or > BoardOperation.Reboot)
        {
            return false;
        }

        var needed = operation switch
        {
            BoardOperation.Telemetry => 3,
            BoardOperation.Power or BoardOperation.Perst or BoardOperation.Refclk or BoardOperation.Fault => 2,
            _ => 1,
        };
        var isSwitch = operation is BoardOperation.Power or BoardOperation.Perst or BoardOperation.Refclk;
        if (request.Length < needed || (isSwitch && request[1] > 1))
        {
            Reply(operation, ReplyStatus.Malformed, 0);
            return true;
        }

        Carry(operation, request);
        return true;
    }

    /// <summary>Does what is due by time, and queues what there is to say. Called after each receive, before each transmit.</summary>
    public void Step()
    {
        if (_link.SessionNumber != _session)
        {
            _session = _link.SessionNumber;
            BeginSession();
        }

        if (_order != BoardOperation.None && _link.NowUs >= _dueUs)
        {
            GoOn();
        }

        Watch();
        if (_link.NowUs >= _measureUs)
        {
            SendMeasured();
        }

        while (_unsent.TryPeek(out var message) && _link.TrySend(message.Kind, message.Payload))
        {
            _unsent.Dequeue();
        }

        if (_isRestartDue)
        {
            _link.Transmit(); // the reply
            _link.Restart(saysBye: true);
            Start();
        }
    }

    private void Start()
    {
        _order = BoardOperation.None;
        _isPowered = _isClockOn = _isPerstReleased = _settings.StartsPowered;
        _railsOn = _isPowered ? _settings.Rails.Count : 0;
        _poweredUs = _clockedUs = _link.NowUs;
        _fault = BoardEvent.None;
        _isRestartDue = _wasBitten = false;
        _session = _link.SessionNumber;
        BeginSession();
        PerstAsserted();
    }

    private void BeginSession()
    {
        _unsent.Clear();
        _intervalUs = 0;
        _measureUs = long.MaxValue;
        if (_wasBitten)
        {
            Say(BoardEvent.WatchdogBit, 0, "the watchdog bit before this start");
        }
    }

    private void Carry(BoardOperation operation, ReadOnlySpan<byte> request)
    {
        switch (operation)
        {
            case BoardOperation.Power:
                SetPower(request[1] != 0);
                break;
            case BoardOperation.Perst:
                SetPerst(request[1] != 0);
                break;
            case BoardOperation.Refclk:
                SetClock(request[1] != 0);
                break;
            case BoardOperation.Telemetry:
                _intervalUs = 1000L * BinaryPrimitives.ReadUInt16LittleEndian(request[1..]);
                _measureUs = _intervalUs == 0 ? long.MaxValue : _link.NowUs;
                Reply(operation, ReplyStatus.Done, 0);
                break;
            case BoardOperation.State:
                var uptime = TimeSpan.FromMilliseconds(_link.UptimeMs);
                var state = new BoardState(_isPowered, _isPerstReleased, _isClockOn, IsDevicePresent, _fault, uptime);
                Reply(operation, ReplyStatus.Done, state.Write(_reply.AsSpan(2)));
                break;
            case BoardOperation.Fault:
                Reply(operation, ReplyStatus.Done, WriteFault(request[1]));
                break;
            case BoardOperation.ForgetFaults:
                _faults.Clear();
                _fault = BoardEvent.None;
                Reply(operation, ReplyStatus.Done, 0);
                break;
            case BoardOperation.SelfTest:
                BinaryPrimitives.WriteUInt32LittleEndian(_reply.AsSpan(2), Tests);
                BinaryPrimitives.WriteUInt32LittleEndian(_reply.AsSpan(6), 0);
                Reply(operation, ReplyStatus.Done, 8);
                break;
            default:
                _isRestartDue = true;
                Reply(operation, ReplyStatus.Done, 0);
                break;
        }
    }

    private void SetPower(bool isOn)
    {
        if (!isOn)
        {
            SwitchOff();
            Reply(BoardOperation.Power, ReplyStatus.Done, 0);
        }
        else if (MilliCelsius > _settings.HottestMilliCelsius)
        {
            Fail(BoardOperation.Power, ReplyStatus.Refused, _settings.TemperatureChannel, "it is too hot");
        }
        else if (_isPowered)
        {
            Reply(BoardOperation.Power, ReplyStatus.Done, 0);
        }
        else
        {
            _order = BoardOperation.Power;
            NextRail();
        }
    }

    private void SetPerst(bool isReleased)
    {
        if (!isReleased)
        {
            AssertPerst();
            Reply(BoardOperation.Perst, ReplyStatus.Done, 0);
        }
        else if (!_isPowered || !_isClockOn)
        {
            Fail(BoardOperation.Perst, ReplyStatus.Refused, 0, _isPowered ? "the reference clock is off" : "the rails are off");
        }
        else
        {
            _order = BoardOperation.Perst;
            _dueUs = Math.Max(_poweredUs + (long)_powerStable.TotalMicroseconds, _clockedUs + (long)_clockStable.TotalMicroseconds);
        }
    }

    private void SetClock(bool isOn)
    {
        if (isOn && !_isPowered)
        {
            Fail(BoardOperation.Refclk, ReplyStatus.Refused, 0, "the rails are off");
            return;
        }

        if (!isOn)
        {
            AssertPerst();
        }

        _clockedUs = isOn && !_isClockOn ? _link.NowUs : _clockedUs;
        _isClockOn = isOn;
        Reply(BoardOperation.Refclk, ReplyStatus.Done, 0);
    }

    /// <summary>The order under way is due.</summary>
    private void GoOn()
    {
        if (_order == BoardOperation.Perst)
        {
            _isPerstReleased = true;
            End(BoardOperation.Perst);
            return;
        }

        var rail = _settings.Rails[_railsOn - 1];
        if (NeverGood.Contains(rail.Channel))
        {
            var text = $"{rail.Name} was not good in time";
            SwitchOff();
            Happen(BoardEvent.PowerGoodTimeout, rail.Channel, text);
            Fail(BoardOperation.Power, ReplyStatus.Failed, rail.Channel, text);
        }
        else if (_railsOn < _settings.Rails.Count)
        {
            NextRail();
        }
        else
        {
            _isPowered = true;
            _poweredUs = _link.NowUs;
            _fault = BoardEvent.None;
            End(BoardOperation.Power);
        }
    }

    private void NextRail()
    {
        var rail = _settings.Rails[_railsOn++];
        var wait = NeverGood.Contains(rail.Channel) ? _settings.PowerGoodTimeout : rail.RiseTime;
        _dueUs = _link.NowUs + (long)wait.TotalMicroseconds;
    }

    /// <summary>Limits, and who is plugged in.</summary>
    private void Watch()
    {
        if (IsDevicePresent != _wasPresent)
        {
            _wasPresent = IsDevicePresent;
            Say(BoardEvent.PresenceChanged, IsDevicePresent ? 1u : 0u, IsDevicePresent ? "a device came" : "the device went away");
        }

        if (!_isPowered)
        {
            return;
        }

        foreach (var rail in _settings.Rails)
        {
            if (Millivolts(rail) is var measured && (measured < rail.LowestMillivolts || measured > rail.HighestMillivolts))
            {
                LeaveWindow(rail.Channel, $"{rail.Name} is at {measured} mV");
                return;
            }
        }

        if (MilliCelsius > _settings.HottestMilliCelsius)
        {
            LeaveWindow(_settings.TemperatureChannel, $"it is at {MilliCelsius / 1000} degrees");
        }
    }

    private void LeaveWindow(byte channel, string text)
    {
        var order = _order;
        SwitchOff();
        Happen(BoardEvent.OutsideWindow, channel, text);
        if (order != BoardOperation.None)
        {
            Fail(order, ReplyStatus.Failed, channel, text);
        }
    }

    private void SwitchOff()
    {
        AssertPerst();
        _isClockOn = _isPowered = false;
        _railsOn = 0;
        _order = BoardOperation.None;
    }

    private void AssertPerst()
    {
        if (_isPerstReleased)
        {
            _isPerstReleased = false;
            PerstAsserted();
        }
    }

    private void SendMeasured()
    {
        var payload = new byte[Measurement.SizeBytes * (_settings.Rails.Count + 1)];
        for (var i = 0; i < _settings.Rails.Count; i++)
        {
            var rail = _settings.Rails[i];
            Write(payload.AsSpan(Measurement.SizeBytes * i), rail.Channel, MeasurementUnit.Millivolt, Millivolts(rail));
        }

        Write(
            payload.AsSpan(Measurement.SizeBytes * _settings.Rails.Count), _settings.TemperatureChannel, MeasurementUnit.MilliCelsius,
            MilliCelsius);
        _link.TrySend(FrameKind.Telemetry, payload); // with no room, this one is left out
        _measureUs = _link.NowUs + _intervalUs;
    }

    private int Millivolts(SimulatedRail rail) =>
        !_isPowered ? 0 : Measured.TryGetValue(rail.Channel, out var measured) ? measured : rail.Millivolts;

    private static void Write(Span<byte> item, byte channel, MeasurementUnit unit, int value)
    {
        item[0] = channel;
        item[1] = (byte)unit;
        BinaryPrimitives.WriteInt32LittleEndian(item[2..], value);
    }

    private void Happen(BoardEvent what, uint detail, string text)
    {
        _fault = what;
        AddFault(what, text);
        Say(what, detail, text);
    }

    private void AddFault(BoardEvent what, string text)
    {
        _faults.Insert(0, new BoardFault(what, TimeSpan.FromMilliseconds(_link.UptimeMs), text));
        if (_faults.Count > MaxFaults)
        {
            _faults.RemoveAt(MaxFaults);
        }
    }

    private void Say(BoardEvent what, uint detail, string text)
    {
        var payload = new byte[6 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16LittleEndian(payload, (ushort)what);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(2), detail);
        Encoding.UTF8.GetBytes(text, payload.AsSpan(6));
        _unsent.Enqueue((FrameKind.Event, payload));
    }

    private int WriteFault(int index)
    {
        var results = _reply.AsSpan(2);
        results[..7].Clear();
        results[0] = (byte)_faults.Count;
        if (index >= _faults.Count)
        {
            return 7;
        }

        var fault = _faults[index];
        BinaryPrimitives.WriteUInt16LittleEndian(results[1..], (ushort)fault.What);
        BinaryPrimitives.WriteUInt32LittleEndian(results[3..], (uint)fault.Uptime.TotalMilliseconds);
        return 7 + Encoding.UTF8.GetBytes(fault.Text, results[7..]);
    }

    private void End(BoardOperation operation)
    {
        _order = BoardOperation.None;
        Reply(operation, ReplyStatus.Done, 0);
    }

    private void Fail(BoardOperation operation, ReplyStatus status, ushort detail, string text)
    {
        Invariant.Holds(text.Length <= MaxText);
        _order = BoardOperation.None;
        BinaryPrimitives.WriteUInt16LittleEndian(_reply.AsSpan(2), detail);
        Reply(operation, status, 2 + Encoding.UTF8.GetBytes(text, _reply.AsSpan(4)));
    }

    private void Reply(BoardOperation operation, ReplyStatus status, int resultBytes)
    {
        _reply[0] = (byte)operation;
        _reply[1] = (byte)status;
        _link.Reply(_reply.AsSpan(0, 2 + resultBytes));
    }
}
