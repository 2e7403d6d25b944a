using System.Buffers.Binary;
using System.Text;
using HilBench.Devices.Linked;
using HilBench.Devices.Native;
using HilBench.Journal;
using HilBench.Links;

namespace HilBench.Devices;

/// <summary>
/// The board's end of a link in front of a simulated device: a paced board, whose device clock stands outside of RUN.
/// Source: docs/protocol.md.
/// </summary>
public sealed class DeviceServer
{
    private const ulong SliceCycles = 20_000;
    private static readonly TimeSpan _sliceTime = TimeSpan.FromMilliseconds(20);

    private readonly IDevice _device;
    private readonly BoardIdentity _identity;
    private readonly BoardLink _link;
    private readonly TimeProvider _time;
    private readonly TlpRecords _toHost = new(1 << 16);
    private readonly byte[] _head = new byte[DeviceMessages.HeadBytes];
    private readonly byte[] _reply = new byte[LinkLimits.MaxReply];
    private long _session;
    private byte _epoch;
    private ushort _received;
    private ushort _sent;
    private RunOrder? _order;
    private ulong _started;
    private ulong _runUntil;
    private bool _hasOutput;
    private bool _isRunning;
    private DeviceException? _broken;

    /// <summary>Makes a board that waits for a host.</summary>
    /// <param name="device">Not owned.</param>
    /// <param name="carrier">Not owned.</param>
    /// <param name="time">The board's clock.</param>
    /// <param name="serial">The board's serial number.</param>
    /// <param name="settings">This end's decisions; its identity is made here.</param>
    /// <param name="control">Rails, PERST# and sensors around the device; null for a board without board control.</param>
    public DeviceServer(
        IDevice device, ICarrier carrier, TimeProvider time, string serial, LinkSettings? settings = null, BoardSimSettings? control = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        _time = time;
        _identity = new BoardIdentity(
            BoardFeatures.Device | BoardFeatures.Paced | BoardFeatures.Echo | BoardFeatures.Counters
                | (control is null ? BoardFeatures.None : BoardSim.Features),
            (uint)(device.Description.ClockHz / 1000),
            device.Description.Name,
            device.Description.Version,
            serial);
        _link = new BoardLink(carrier, (settings ?? new()) with { Board = _identity }, time);
        if (control is not null)
        {
            Control = new BoardSim(control, _link) { PerstAsserted = ResetByPerst };
        }
    }

    /// <summary>What stands around the device; null when the board has no board control.</summary>
    public BoardSim? Control { get; }

    /// <summary>Whether there is something to do without waiting for the host.</summary>
    public bool IsBusy => _isRunning;

    /// <summary>How many sessions were opened.</summary>
    public long SessionNumber => _link.SessionNumber;

    /// <summary>When something is due by time, on the clock that <see cref="NowUs"/> shows.</summary>
    public long NextTimerUs => Math.Min(_link.NextTimerUs, Control?.NextTimerUs ?? long.MaxValue);

    /// <summary>Microseconds since the board started.</summary>
    public long NowUs => _link.NowUs;

    /// <summary>Serves until it is cancelled.</summary>
    /// <exception cref="BenchException">Cable: the host's end of the carrier is gone.</exception>
    public void Serve(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            Step(Deadline.After(_time, TimeSpan.FromMilliseconds(100)));
        }
    }

    /// <summary>Waits for the host until the deadline, does what it asks for, and answers.</summary>
    public void Step(Deadline deadline)
    {
        _link.Receive(_isRunning ? Deadline.Now : UntilControl(deadline));
        if (_link.SessionNumber != _session)
        {
            _session = _link.SessionNumber;
            _order = null;
            _isRunning = false;
            Begin(epoch: 0);
        }

        TakeMessages();
        if (_link.TryTakeRequest(out var request))
        {
            Carry(request);
        }

        Run();
        SendTlps();
        Control?.Step();
        _link.Transmit();
    }

    private Deadline UntilControl(Deadline deadline) => Control is { NextTimerUs: var timer and not long.MaxValue }
        ? deadline.NoLaterThan(TimeSpan.FromMicroseconds(Math.Max(0, timer - _link.NowUs)))
        : deadline;

    private void Begin(byte epoch)
    {
        _epoch = epoch;
        _received = 0;
        _sent = 0;
        _toHost.Clear();
        while (_device.TryReceive(out _, out _))
        {
            // Of another session or epoch: dropped (SES-11, RUN-1).
        }
    }

    private void TakeMessages()
    {
        while (_link.HasMessage)
        {
            var payload = _link.FirstMessage(out var kind);
            if (kind == FrameKind.Echo && !_link.TrySend(FrameKind.Echoed, payload))
            {
                return; // the host has to take some first
            }

            if (kind == FrameKind.Tlp && payload.Length > DeviceMessages.HeadBytes)
            {
                TakeTlp(payload);
            }

            _link.RemoveMessage();
        }
    }

    private void TakeTlp(ReadOnlySpan<byte> payload)
    {
        var (epoch, cycle) = DeviceMessages.ReadHead(payload);
        if (epoch == _epoch)
        {
            _received++;
            _device.Send(payload[DeviceMessages.HeadBytes..], cycle);
        }
    }

    private void Carry(ReadOnlySpan<byte> request)
    {
        if (Control?.TryBegin(request) is true)
        {
            return;
        }

        if (_broken is not null)
        {
            Fail((BoardOperation)request[0], _broken);
            return;
        }

        switch ((BoardOperation)request[0])
        {
            case BoardOperation.Describe when request.Length >= 2 && request[1] == 0:
                Reply(BoardOperation.Describe, ReplyStatus.Done, _identity.Write(_reply.AsSpan(2), _link.UptimeMs));
                break;
            case BoardOperation.Reset or BoardOperation.Run when Control is { IsDeviceUp: false }:
                Reply((BoardOperation)request[0], ReplyStatus.Refused, "the device has no power or clock, or PERST# is low");
                break;
            case BoardOperation.Reset when request.Length >= DeviceMessages.ResetBytes && request[2] <= (byte)ResetKind.Hot:
                Reset(request[1], (ResetKind)request[2]);
                break;
            case BoardOperation.Run when request.Length >= DeviceMessages.RunBytes:
                BeginRun(DeviceMessages.ReadRun(request));
                break;
            case BoardOperation.Counters:
                Reply(BoardOperation.Counters, ReplyStatus.Done, WriteCounters(_reply.AsSpan(2)));
                break;
            case BoardOperation.Describe or BoardOperation.Reset or BoardOperation.Run:
                Reply((BoardOperation)request[0], ReplyStatus.Malformed, 0);
                break;
            default:
                Reply((BoardOperation)request[0], ReplyStatus.Unknown, 0);
                break;
        }
    }

    private void ResetByPerst()
    {
        try
        {
            _device.Reset(ResetKind.Fundamental);
        }
        catch (DeviceException e)
        {
            _broken = e;
        }
    }

    private void Reset(byte epoch, ResetKind kind)
    {
        try
        {
            _device.Reset(kind);
        }
        catch (DeviceException e)
        {
            Fail(BoardOperation.Reset, e);
            return;
        }

        Begin(epoch);
        DeviceMessages.WriteCycle(_reply.AsSpan(2), _device.Cycles);
        Reply(BoardOperation.Reset, ReplyStatus.Done, DeviceMessages.CycleBytes);
    }

    private void BeginRun(RunOrder order)
    {
        if (order.Epoch != _epoch)
        {
            Reply(BoardOperation.Run, ReplyStatus.Refused, 0);
            return;
        }

        _order = order;
    }

    /// <summary>Goes on with RUN for a while, so that the host's questions are answered meanwhile.</summary>
    private void Run()
    {
        if (_order is not { } order || order.Sent != _received)
        {
            return; // RUN-5: what the host has sent is not all here
        }

        if (!_isRunning)
        {
            (_isRunning, _hasOutput, _started) = (true, false, _device.Cycles);
            _runUntil = _started + Math.Min(order.Cycles, DeviceMessages.LastCycle - _started);
        }

        try
        {
            var slice = Deadline.After(_time, _sliceTime);
            while (_device.Cycles < _runUntil && !slice.HasPassed)
            {
                var target = Math.Min(_runUntil, _device.Cycles + SliceCycles);
                _device.Run(target, _hasOutput ? ulong.MaxValue : order.Linger);
                Collect(order.Linger);
            }
        }
        catch (DeviceException e)
        {
            EndRun();
            Fail(BoardOperation.Run, e);
            return;
        }

        if (_device.Cycles >= _runUntil)
        {
            EndRun();
            DeviceMessages.WriteCycle(_reply.AsSpan(2), _started);
            DeviceMessages.WriteCycle(_reply.AsSpan(2 + DeviceMessages.CycleBytes), _device.Cycles);
            BinaryPrimitives.WriteUInt16LittleEndian(_reply.AsSpan(2 + (2 * DeviceMessages.CycleBytes)), _sent);
            Reply(BoardOperation.Run, ReplyStatus.Done, DeviceMessages.RunResultBytes);
        }
    }

    private void Collect(uint linger)
    {
        while (_device.TryReceive(out var tlp, out var cycle))
        {
            if (!_hasOutput)
            {
                _hasOutput = true;
                _runUntil = Math.Min(_runUntil, cycle + linger);
            }

            _toHost.Add(tlp, cycle);
            _sent++;
        }
    }

    private void EndRun() => (_order, _isRunning) = (null, false);

    private void SendTlps()
    {
        while (!_toHost.IsEmpty)
        {
            var tlp = _toHost.Peek(out var cycle);
            if (_link.LongestPayload > 0 && DeviceMessages.HeadBytes + tlp.Length > _link.LongestPayload)
            {
                _broken = new DeviceException($"a TLP of {tlp.Length} bytes is longer than the host takes", "Lower Max_Payload_Size.");
                return;
            }

            DeviceMessages.WriteHead(_head, _epoch, cycle);
            if (!_link.TrySend(FrameKind.Tlp, _head, tlp))
            {
                return;
            }

            _toHost.RemoveFirst();
        }
    }

    private int WriteCounters(Span<byte> results)
    {
        var seen = _link.Counters;
        ReadOnlySpan<long> values =
        [
            seen.Frames, seen.BrokenFrames, seen.Naks, seen.Repeated, seen.Repetitions, seen.Foreign, seen.Dropped, seen.Malformed,
        ];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(results[(4 * i)..], (uint)values[i]);
        }

        return 4 * values.Length;
    }

    private void Fail(BoardOperation operation, DeviceException why)
    {
        _broken = why is DeviceLostException ? why : _broken;
        Reply(operation, ReplyStatus.Failed, why.What);
    }

    private void Reply(BoardOperation operation, ReplyStatus status, string why)
    {
        var text = Encoding.UTF8.GetBytes(why);
        var length = Math.Min(text.Length, LinkLimits.MaxReply - 4);
        BinaryPrimitives.WriteUInt16LittleEndian(_reply.AsSpan(2), 0);
        text.AsSpan(0, length).CopyTo(_reply.AsSpan(4));
        Reply(operation, status, 2 + length);
    }

    private void Reply(BoardOperation operation, ReplyStatus status, int resultBytes)
    {
        _reply[0] = (byte)operation;
        _reply[1] = (byte)status;
        _link.Reply(_reply.AsSpan(0, 2 + resultBytes));
    }
}
