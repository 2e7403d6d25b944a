namespace HilBench.Links;

/// <summary>
/// A carrier whose bytes take their time in each direction, as on a serial line: for the board's end of a pty, which has no bit
/// rate. Bytes that were written or that came in wait in a queue until they would have passed; they pass while somebody reads.
/// </summary>
/// <param name="inner">The carrier; owned.</param>
/// <param name="byteNs">Nanoseconds that a byte takes.</param>
/// <param name="time">The clock.</param>
public sealed class PacedCarrier(ICarrier inner, long byteNs, TimeProvider time) : ICarrier
{
    private const int OutBytes = 1 << 16;
    private const int InBytes = 1 << 12; // the rest waits in the carrier: who writes faster than the line is held up

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(1);

    private readonly Line _out = new(OutBytes, byteNs);
    private readonly Line _in = new(InBytes, byteNs);
    private readonly long _started = time.GetTimestamp();
    private long _emptyNs; // when nothing was to be read last

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public CarrierAbilities Abilities => inner.Abilities | CarrierAbilities.BitRate;

    private long NowNs => (long)time.GetElapsedTime(_started).TotalNanoseconds;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_out.Add(bytes, NowNs)..];
            Pump(deadline);
            if (!bytes.IsEmpty)
            {
                Thread.Sleep(_tick); // the line's time passes
            }
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        while (true)
        {
            Pump(deadline);
            Fill();
            if (_in.Passed(NowNs) is var passed && !passed.IsEmpty)
            {
                passed = passed[..Math.Min(passed.Length, buffer.Length)];
                passed.CopyTo(buffer);
                _in.Remove(passed.Length);
                return passed.Length;
            }

            if (deadline.HasPassed)
            {
                return 0;
            }

            Wait(deadline);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private void Pump(Deadline deadline)
    {
        if (_out.Passed(NowNs) is var passed && !passed.IsEmpty)
        {
            inner.Write(passed, deadline);
            _out.Remove(passed.Length);
        }
    }

    /// <summary>Takes what is there. It may have come at any time since nothing was there.</summary>
    private void Fill()
    {
        while (!_in.Room.IsEmpty)
        {
            var count = inner.Read(_in.Room, Deadline.Now);
            if (count == 0)
            {
                _emptyNs = NowNs;
                return;
            }

            _in.Added(count, _emptyNs);
        }
    }

    /// <summary>Until a byte comes in, or what is on the lines has passed; not long while there is something.</summary>
    private void Wait(Deadline deadline)
    {
        var busyNs = Math.Max(_in.BusyNs(NowNs), _out.BusyNs(NowNs));
        if (busyNs > 0)
        {
            var busy = TimeSpan.FromTicks((busyNs / TimeSpan.NanosecondsPerTick) + 1);
            deadline = deadline.NoLaterThan(busy < _tick ? busy : _tick);
        }

        if (_in.Room.IsEmpty)
        {
            Thread.Sleep(_tick);
            return;
        }

        var count = inner.Read(_in.Room, deadline);
        _emptyNs = NowNs;
        _in.Added(count, _emptyNs);
    }

    /// <summary>One direction: bytes in order, each of which takes its time behind the one before.</summary>
    private sealed class Line(int capacity, long byteNs)
    {
        private readonly byte[] _bytes = new byte[capacity];
        private int _count;
        private long _freeNs; // when the first of the bytes began, or the last one ended

        public Span<byte> Room => _bytes.AsSpan(_count);

        /// <summary>Bytes come to the line, as many as there is room for.</summary>
        public int Add(ReadOnlySpan<byte> bytes, long nowNs)
        {
            var count = Math.Min(bytes.Length, Room.Length);
            bytes[..count].CopyTo(Room);
            Added(count, nowNs);
            return count;
        }

        /// <summary>So many bytes were written into <see cref="Room"/>. A line that was idle begins now.</summary>
        public void Added(int count, long nowNs)
        {
            _freeNs = _count == 0 && count > 0 ? Math.Max(_freeNs, nowNs) : _freeNs;
            _count += count;
        }

        /// <summary>The bytes that have passed.</summary>
        public ReadOnlySpan<byte> Passed(long nowNs) => _bytes.AsSpan(0, (int)Math.Clamp((nowNs - _freeNs) / byteNs, 0, _count));

        public void Remove(int count)
        {
            _bytes.AsSpan(count, _count - count).CopyTo(_bytes);
            _count -= count;
            _freeNs += count * byteNs;
        }

        /// <summary>How long until all have passed.</summary>
        public long BusyNs(long nowNs) => _count == 0 ? 0 : Math.Max(1, _freeNs + (_count * byteNs) - nowNs);
    }
}
