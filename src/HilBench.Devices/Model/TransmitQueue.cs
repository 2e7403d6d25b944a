namespace HilBench.Devices.Model;

/// <summary>
/// TLPs on their way out, first in, first out. One leaves every TX_GAP idle cycles plus one cycle for each 4 DWs.
/// </summary>
internal sealed class TransmitQueue
{
    /// <summary>TLPs that wait at most, but for what belongs together and goes in at once.</summary>
    public const int Capacity = 32;

    private const int Places = 2 * Capacity;

    // Prefix, 4-DW header, Max Payload Size; and the beat that M74 puts into it.
    private const int SlotBytes = 4 + 16 + 256 + BytesInACycle;
    private const int BytesInACycle = 16;

    private readonly byte[] _bytes = new byte[(Places + 1) * SlotBytes];
    private readonly int[] _sizes = new int[Places + 1];
    private readonly int[] _order = new int[Places]; // ring of slot numbers
    private readonly int[] _free = new int[Places + 1];
    private int _freeCount;
    private int _head;
    private int _count;
    private int _sending = -1;
    private ulong _changeAt = Cycle.Never; // end of the gap, or of the TLP that is being sent

    public TransmitQueue() => Clear();

    /// <summary>Idle cycles before each TLP.</summary>
    public int Gap { get; set; }

    public bool HasRoom => _count < Capacity;

    public ulong NextCycle => _changeAt;

    /// <summary>One more TLP fills it.</summary>
    public bool IsNearlyFull => _count >= Capacity - 1;

    /// <summary>Where the next TLP is to be written; <see cref="Add"/> or <see cref="AddFirst"/> follows.</summary>
    public Span<byte> Room => _bytes.AsSpan(_free[_freeCount - 1] * SlotBytes, SlotBytes);

    public void Clear()
    {
        _head = _count = 0;
        _sending = -1;
        _changeAt = Cycle.Never;
        _freeCount = _free.Length;
        for (var i = 0; i < _free.Length; i++)
        {
            _free[i] = i;
        }
    }

    /// <summary>Puts the TLP that was written to <see cref="Room"/> behind all others.</summary>
    public void Add(int size, ulong now)
    {
        _order[(_head + _count) % Places] = Take(size);
        Start(now);
    }

    /// <summary>Puts it before all others: only a faulty device does that.</summary>
    public void AddFirst(int size, ulong now)
    {
        _head = (_head + Places - 1) % Places;
        _order[_head] = Take(size);
        Start(now);
    }

    /// <summary>There is something that cannot leave now.</summary>
    public bool IsHeldUp(ulong now) => _count > 0 && (_sending >= 0 || _changeAt > now);

    /// <summary>Puts one beat between those of the last TLP in line: only a faulty device does that.</summary>
    public void Interleave(int size)
    {
        var last = _order[(_head + _count - 1) % Places];
        var tlp = _bytes.AsSpan(last * SlotBytes, SlotBytes);
        tlp[BytesInACycle.._sizes[last]].CopyTo(tlp[(BytesInACycle + size)..]);
        Room[..size].CopyTo(tlp[BytesInACycle..]);
        _sizes[last] += size;
    }

    /// <summary>
    /// Goes on to <paramref name="now"/>. True when a TLP was completed; it is added to <paramref name="wire"/>.
    /// </summary>
    public bool Step(ulong now, TlpRing wire)
    {
        var isComplete = false;
        if (_sending >= 0)
        {
            wire.Add(_bytes.AsSpan(_sending * SlotBytes, _sizes[_sending]), now);
            _free[_freeCount++] = _sending;
            _sending = -1;
            isComplete = true;
            _changeAt = _count == 0 ? Cycle.Never : now + (ulong)Gap;
        }

        if (_count > 0 && _changeAt <= now)
        {
            _sending = _order[_head];
            _head = (_head + 1) % Places;
            _count--;
            _changeAt = now + CyclesOf(_sizes[_sending]);
        }

        return isComplete;
    }

    /// <summary>Cycles that a TLP is on the wire: one for each 4 DWs.</summary>
    public static ulong CyclesOf(int size) => (ulong)Math.Max(1, (size + BytesInACycle - 1) / BytesInACycle);

    private int Take(int size)
    {
        var slot = _free[--_freeCount];
        _sizes[slot] = size;
        _count++;
        return slot;
    }

    private void Start(ulong now)
    {
        if (_changeAt == Cycle.Never)
        {
            _changeAt = now + 1 + (ulong)Gap;
        }
    }
}
