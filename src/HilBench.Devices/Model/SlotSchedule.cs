using System.Numerics;

namespace HilBench.Devices.Model;

/// <summary>Which slot can go on when; kept apart from the slots so that a cycle without work costs nothing.</summary>
internal sealed class SlotSchedule
{
    private readonly ulong[] _readyAt = new ulong[DmaEngine.Slots];

    /// <summary>Bit i: slot i is not idle.</summary>
    public uint Busy { get; private set; }

    /// <summary>Bit i: slot i wants to look up a page.</summary>
    public uint Lookups { get; private set; }

    /// <summary>Bit i: slot i wants to put something into the transmit queue, or to finish.</summary>
    public uint Issues { get; private set; }

    public void Clear()
    {
        Busy = Lookups = Issues = 0;
        Array.Fill(_readyAt, Cycle.Never);
    }

    public void Set(int slot, SlotPhase phase, ulong readyAt)
    {
        var bit = 1u << slot;
        _readyAt[slot] = readyAt;
        Busy = phase == SlotPhase.Idle ? Busy & ~bit : Busy | bit;
        Lookups = phase == SlotPhase.Lookup ? Lookups | bit : Lookups & ~bit;
        var isIssue = phase is SlotPhase.IssueMemory or SlotPhase.IssueTranslation or SlotPhase.RequestPages
            or SlotPhase.Finish;
        Issues = isIssue ? Issues | bit : Issues & ~bit;
    }

    public ulong ReadyAt(int slot) => _readyAt[slot];

    public void Delay(int slot, ulong readyAt) => _readyAt[slot] = readyAt;

    /// <summary>The slots of <paramref name="wanted"/> that are ready in this cycle.</summary>
    public uint Ready(uint wanted, ulong now)
    {
        var ready = 0u;
        for (var left = wanted; left != 0; left &= left - 1)
        {
            var slot = BitOperations.TrailingZeroCount(left);
            ready |= _readyAt[slot] <= now ? 1u << slot : 0;
        }

        return ready;
    }

    /// <summary>When the first slot is ready.</summary>
    public ulong NextCycle(bool canIssue)
    {
        var next = Cycle.Never;
        for (var left = Lookups | (canIssue ? Issues : 0); left != 0; left &= left - 1)
        {
            next = Math.Min(next, _readyAt[BitOperations.TrailingZeroCount(left)]);
        }

        return next;
    }
}
