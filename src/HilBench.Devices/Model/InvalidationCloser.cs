using System.Numerics;
using HilBench.Pcie;

namespace HilBench.Devices.Model;

/// <summary>
/// Sends Invalidate Completions: one for each traffic class, gathered or out of order when CONTROL says so.
/// </summary>
internal sealed class InvalidationCloser(ModelFault fault, ConfigurationSpace configuration, TransmitQueue transmit)
{
    private const ulong HoldCycles = 64;
    private const int TagByte = 6;

    private ClosingRecord _gathered;
    private ClosingRecord _held;
    private ulong _heldUntil;
    private uint _completed; // M39: all tags so far

    /// <summary>CONTROL bit 1: those that are ready together go in one message.</summary>
    public bool Gathers { get; set; }

    /// <summary>CONTROL bit 2: each is held until the next one is ready, and goes after it.</summary>
    public bool Reorders { get; set; }

    /// <summary>When a completion was held long enough.</summary>
    public ulong NextCycle => _held.IsThere && transmit.HasRoom ? _heldUntil : Cycle.Never;

    public void Reset()
    {
        _gathered = _held = default;
        _completed = 0;
        Gathers = Reorders = false;
    }

    public void Step(ulong now)
    {
        Send(_held, now);
        _held = default;
    }

    /// <summary>Takes what is to be said; there must be room in the transmit queue.</summary>
    /// <param name="record">Of one request.</param>
    /// <param name="hasFollower">Another one for the same function and agent is ready at once.</param>
    /// <param name="now">This cycle.</param>
    public void Close(ClosingRecord record, bool hasFollower, ulong now)
    {
        if (_gathered.IsThere && _gathered.CanJoin(record) && (_gathered.Vector & record.Vector) == 0)
        {
            record = record with { Vector = record.Vector | _gathered.Vector };
        }
        else if (_gathered.IsThere)
        {
            Order(_gathered, now);
        }

        _gathered = default;
        if (Gathers && hasFollower)
        {
            _gathered = record;
        }
        else
        {
            Order(record, now);
        }
    }

    /// <summary>Forgets what a function has to say.</summary>
    public void Forget(int function)
    {
        _gathered = _gathered.Function == function ? default : _gathered;
        _held = _held.Function == function ? default : _held;
    }

    private void Order(ClosingRecord record, ulong now)
    {
        if (Reorders && !_held.IsThere)
        {
            _held = record;
            _heldUntil = now + HoldCycles;
            return;
        }

        Send(record, now);
        if (_held.IsThere)
        {
            Step(now);
        }
    }

    private void Send(ClosingRecord record, ulong now)
    {
        _completed |= record.Vector;
        var count = BitOperations.PopCount((uint)record.Classes);
        for (var left = record.Classes; left != 0; left &= left - 1)
        {
            var completion = new InvalidateCompletion(
                configuration.IdOf(fault == ModelFault.M41 ? 0 : record.Function),
                fault == ModelFault.M40 ? default : record.Agent,
                VectorOf(record.Vector),
                CountOf(count));
            var options = new TlpOptions { TrafficClass = BitOperations.TrailingZeroCount(left) };
            var room = transmit.Room;
            var size = TlpWriter.WriteInvalidateCompletion(room, completion, options);
            if (fault == ModelFault.M37)
            {
                room[TagByte] = (byte)BitOperations.TrailingZeroCount(record.Vector);
            }

            Queue(size, now);
        }
    }

    private uint VectorOf(uint vector) => fault switch
    {
        ModelFault.M37 => 0,
        ModelFault.M39 => _completed,
        _ => vector,
    };

    private int CountOf(int count) => fault switch
    {
        ModelFault.M34 => 8, // as 0
        ModelFault.M35 => (count % 8) + 1,
        _ => count,
    };

    private void Queue(int size, ulong now)
    {
        if (fault == ModelFault.M29 || (fault == ModelFault.M30 && transmit.IsHeldUp(now)))
        {
            transmit.AddFirst(size, now);
        }
        else if (fault == ModelFault.M74 && transmit.IsNearlyFull)
        {
            transmit.Interleave(size);
        }
        else
        {
            transmit.Add(size, now);
        }
    }
}
