using System.Buffers.Binary;
using HilBench.Devices.Linked;
using HilBench.Devices.Native;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Devices;

/// <summary>
/// A device behind a link: a board, or a simulator in another process. When the board stops the device clock outside of
/// <see cref="Run"/> (it is paced), the device sees the same TLPs in the same cycles as in this process; otherwise the
/// time between two runs is taken out of the reckoning. Source: docs/protocol.md, "TLPs and time".
/// </summary>
public sealed class LinkDevice : IDevice
{
    private static readonly TimeSpan _resetPatience = TimeSpan.FromSeconds(10);

    private readonly HostLink _link;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly int _longestPayload;
    private readonly TlpRecords _fromHost = new(1 << 16);
    private readonly TlpRecords _toHost = new(1 << 16);
    private readonly byte[] _head = new byte[DeviceMessages.HeadBytes];
    private readonly byte[] _request = new byte[DeviceMessages.RunBytes];
    private int _waiting; // TLPs in _fromHost
    private byte _epoch;
    private ushort _sent;
    private ushort _received;
    private ulong _boardClock;
    private ulong _skipped; // the board's clock less ours; grows on a free-running board only
    private ulong _lastCycle;

    private LinkDevice(HostLink link, TimeProvider time, TimeSpan patience, BoardIdentity described)
    {
        _link = link;
        _time = time;
        _patience = patience;
        _longestPayload = Math.Min(link.LongestPayload, described.LongestPayload); // of a bridge and what lies behind it
        Description = new DeviceDescription(described.Name, described.Version, described.ClockKhz * 1000UL, Faults: []);
        Control = new BoardControl(link, time, Drain);
    }

    /// <inheritdoc/>
    public DeviceDescription Description { get; }

    /// <inheritdoc/>
    public ulong Cycles { get; private set; }

    /// <summary>Whether the link failed: nothing more can be done with this device.</summary>
    public bool IsLost => _link.IsLost;

    /// <summary>What the link has seen.</summary>
    public LinkCounters Counters => _link.Counters;

    /// <summary>
    /// Power, PERST# and measured values of the device's board, between two runs of the device; its listener hears what the board
    /// says during runs too.
    /// </summary>
    public BoardControl Control { get; }

    /// <summary>Opens a session and asks what is there. The device is not touched.</summary>
    /// <param name="link">Owned: disposed with the device, and when opening fails.</param>
    /// <param name="time">The clock of waits.</param>
    /// <param name="patience">How long one run of the device clock may take by that clock.</param>
    /// <exception cref="BenchException">Any layer from Cable to Board.</exception>
    public static LinkDevice Open(HostLink link, TimeProvider time, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(link);
        try
        {
            link.Open();
            var described = link.Board;
            if (described.Features.HasFlag(BoardFeatures.Bridge)
                && BoardIdentity.TryRead(link.Request([(byte)BoardOperation.Describe, 1], _resetPatience), out var behind))
            {
                described = behind;
            }

            if (!described.Features.HasFlag(BoardFeatures.Device))
            {
                throw new BenchException(
                    BenchLayer.Board, $"{link.Name}: {described.Name} has no device", "This board can be controlled, but not tested.");
            }

            var device = new LinkDevice(link, time, patience, described);
            device.TakeClock();
            return device;
        }
        catch (BenchException)
        {
            link.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Reset(ResetKind kind)
    {
        _fromHost.Clear();
        _waiting = 0;
        _toHost.Clear();
        _epoch++;
        _sent = 0;
        _received = 0;
        _request[0] = (byte)BoardOperation.Reset;
        _request[1] = _epoch;
        _request[2] = (byte)kind;
        var results = _link.Request(_request.AsSpan(0, DeviceMessages.ResetBytes), _resetPatience);
        if (results.Length < DeviceMessages.CycleBytes)
        {
            throw TooShort("RESET");
        }

        var cycle = DeviceMessages.ReadCycle(results);
        Drain();
        Reckon(cycle, cycle);
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> tlp, ulong notBefore)
    {
        if (DeviceMessages.HeadBytes + tlp.Length > _longestPayload)
        {
            throw new DeviceException(
                $"a TLP of {tlp.Length} bytes does not pass: the board takes {_longestPayload - DeviceMessages.HeadBytes}",
                "Lower Max_Payload_Size, or build the board with larger buffers.");
        }

        _fromHost.Add(tlp, notBefore);
        _waiting++;
    }

    /// <inheritdoc/>
    public void Run(ulong untilCycle, ulong lingerCycles)
    {
        if (untilCycle > Cycles)
        {
            RunFor(untilCycle - Cycles, lingerCycles);
        }
    }

    /// <inheritdoc/>
    public bool TryReceive(out ReadOnlySpan<byte> tlp, out ulong cycle)
    {
        if (_toHost.IsEmpty)
        {
            tlp = default;
            cycle = 0;
            return false;
        }

        tlp = _toHost.Peek(out var boardCycle);
        _toHost.RemoveFirst();
        // What a free-running board sent between two runs counts as sent at the end of the first.
        cycle = _lastCycle = Math.Clamp(boardCycle - Math.Min(boardCycle, _skipped), _lastCycle, Math.Max(_lastCycle, Cycles));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _link.Dispose();

    private void RunFor(ulong cycles, ulong lingerCycles)
    {
        Flush();
        DeviceMessages.WriteRun(_request, _epoch, cycles, lingerCycles, (ushort)(_sent + _waiting));
        _link.BeginRequest(_request.AsSpan(0, DeviceMessages.RunBytes));
        _link.BeginWait();
        var deadline = Deadline.After(_time, _patience);
        ReadOnlySpan<byte> results;
        while (!_link.TryTakeReply(out results))
        {
            Wait(deadline);
            Flush();
        }

        if (results.Length < DeviceMessages.RunResultBytes)
        {
            throw TooShort("RUN");
        }

        var sentByBoard = BinaryPrimitives.ReadUInt16LittleEndian(results[(2 * DeviceMessages.CycleBytes)..]);
        Reckon(DeviceMessages.ReadCycle(results), DeviceMessages.ReadCycle(results[DeviceMessages.CycleBytes..]));
        while (_received != sentByBoard)
        {
            Wait(deadline);
        }
    }

    private void Wait(Deadline deadline)
    {
        _link.Wait(deadline);
        Drain();
        if (deadline.HasPassed)
        {
            throw _link.GiveUp(new BenchException(
                BenchLayer.Device,
                $"{_link.Name}: the device did not end a run of its clock within {_patience.TotalSeconds:0.#} s, though the board answers",
                "It hangs, or is slow: give it more time with the option patience=SECONDS."));
        }
    }

    /// <summary>Sends what there is room for.</summary>
    private void Flush()
    {
        while (!_fromHost.IsEmpty && _link.Room > 0)
        {
            var tlp = _fromHost.Peek(out var notBefore);
            DeviceMessages.WriteHead(_head, _epoch, notBefore + Math.Min(_skipped, ulong.MaxValue - notBefore));
            _link.TrySend(FrameKind.Tlp, _head, tlp);
            _fromHost.RemoveFirst();
            _waiting--;
            _sent++;
        }
    }

    /// <summary>Takes the messages that came in.</summary>
    private void Drain()
    {
        while (_link.HasMessage)
        {
            var payload = _link.FirstMessage(out var kind);
            if (kind == FrameKind.Tlp)
            {
                TakeTlp(payload);
                _link.RemoveMessage();
                continue;
            }

            BoardMessage.TryRead(kind, payload, out var message);
            _link.RemoveMessage();
            if (message is not null)
            {
                Control.Hear(message);
            }

            if (message is EventMessage what)
            {
                ThrowIfGone(what);
            }
        }
    }

    private void TakeTlp(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= DeviceMessages.HeadBytes)
        {
            return;
        }

        var (epoch, cycle) = DeviceMessages.ReadHead(payload);
        if (epoch == _epoch)
        {
            _toHost.Add(payload[DeviceMessages.HeadBytes..], cycle);
            _received++;
        }
    }

    private void ThrowIfGone(EventMessage message)
    {
        var isAway = message is { What: BoardEvent.PresenceChanged, Detail: 0 };
        if (isAway || message.What is BoardEvent.LostBehind or BoardEvent.OutsideWindow or BoardEvent.PowerGoodTimeout)
        {
            throw _link.GiveUp(new BenchException(
                BenchLayer.Board,
                message.What switch
                {
                    BoardEvent.LostBehind => $"{_link.Name}: the bridge lost the link to the device's board",
                    BoardEvent.OutsideWindow => $"{_link.Name}: a rail or temperature left its window, the rails are off{Said(message)}",
                    BoardEvent.PowerGoodTimeout => $"{_link.Name}: a rail did not come up in time{Said(message)}",
                    _ => $"{_link.Name}: the device is not plugged in any more",
                },
                "Look at the board's telemetry and fault log."));
        }
    }

    private static string Said(EventMessage message) => message.Text.Length == 0 ? "" : $" ({message.Text})";

    /// <summary>A run, from and to which cycle of the board's clock. What passed before it is not counted.</summary>
    private void Reckon(ulong started, ulong ended)
    {
        _skipped += started - Math.Min(started, _boardClock);
        _boardClock = ended;
        Cycles = Math.Max(Cycles, ended - Math.Min(ended, _skipped));
    }

    private void TakeClock()
    {
        RunFor(0, 0);
        _skipped = 0;
        Cycles = _boardClock;
    }

    private BenchException TooShort(string operation) => _link.GiveUp(new BenchException(
        BenchLayer.Link, $"{_link.Name}: the board's reply to {operation} is too short", "Bring both sides to the same release."));
}
