using System.Runtime.InteropServices;

namespace HilBench.Journal;

/// <summary>
/// The single record of a run: CPU steps, notifier calls, TLPs both ways and device events, in one order. Checkers
/// observe it; reports read the lines that it kept.
/// </summary>
public sealed class EventJournal
{
    private readonly JournalEntry[] _ring;
    private readonly int _mask;
    private readonly List<IJournalObserver> _observers = [];
    private IJournalObserver[] _observing = [];
    private ulong _keptFrom;

    /// <summary>Makes an empty journal.</summary>
    /// <param name="clock">Gives each line its time.</param>
    /// <param name="capacityLog2">Lines kept, as a power of two; older ones are overwritten.</param>
    public EventJournal(IClock clock, int capacityLog2 = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityLog2, 4);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacityLog2, 26);
        Clock = clock;
        _ring = new JournalEntry[1 << capacityLog2];
        _mask = _ring.Length - 1;
    }

    /// <summary>The clock that stamps the lines.</summary>
    public IClock Clock { get; }

    /// <summary>Lines written since the start.</summary>
    public ulong Count { get; private set; }

    /// <summary>Sequence number of the oldest line that is still kept; <see cref="Count"/> when none is.</summary>
    public ulong Oldest => Math.Max(_keptFrom, Count > (ulong)_ring.Length ? Count - (ulong)_ring.Length : 0);

    /// <summary>Whether lines are kept in the ring; observers see them either way. A line that is not kept ends those before it.</summary>
    public bool IsKept { get; set; } = true;

    /// <summary>Adds an observer; it sees all lines from now on.</summary>
    public void Subscribe(IJournalObserver observer)
    {
        _observers.Add(observer);
        _observing = [.. _observers];
    }

    /// <summary>Removes an observer.</summary>
    public void Unsubscribe(IJournalObserver observer)
    {
        _observers.Remove(observer);
        _observing = [.. _observers];
    }

    /// <summary>Writes one line.</summary>
    public void Append(JournalKind kind, ReadOnlySpan<byte> payload)
    {
        var now = Clock.Now;
        if (IsKept)
        {
            _ring[(int)Count & _mask].Set(Count, now, kind, payload);
        }

        Count++;
        _keptFrom = IsKept ? _keptFrom : Count;
        foreach (var observer in _observing)
        {
            observer.Observe(now, kind, payload);
        }
    }

    /// <summary>Writes one line whose payload is a record.</summary>
    public void Append<T>(JournalKind kind, in T record)
        where T : unmanaged => Append(kind, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)));

    /// <summary>One kept line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It was never written or is not kept any more.</exception>
    public ref readonly JournalEntry this[ulong sequence]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(sequence, Oldest);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, Count);
            return ref _ring[(int)sequence & _mask];
        }
    }
}
