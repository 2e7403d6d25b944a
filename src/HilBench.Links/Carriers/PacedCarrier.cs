namespace HilBench.Links;

/// <summary>
/// A carrier whose bytes take their time in each direction, as on a serial line: for the board's end of a pty, which has no bit
/// rate. What is written waits in a queue; it goes out while somebody reads.
/// </summary>
/// <param name="inner">The carrier; owned.</param>
/// <param name="byteNs">Nanoseconds that a byte takes.</param>
/// <param name="time">The clock.</param>
public sealed class PacedCarrier(ICarrier inner, long byteNs, TimeProvider time) : ICarrier
{
    private const int Fifo = 1 << 16;

    /// <summary>Time that a line may make good after it was not looked at: a sleeping thread wakes up late.</summary>
    private static readonly TimeSpan _slack = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(1);

    private readonly byte[] _queue = new byte[Fifo];
    private readonly Line _out = new(byteNs, time, _slack);
    private readonly Line _in = new(byteNs, time, _slack);
    private int _queued;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public CarrierAbilities Abilities => inner.Abilities | CarrierAbilities.BitRate;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        while (!bytes.IsEmpty)
        {
            Pump(deadline);
            var part = bytes[..Math.Min(bytes.Length, Fifo - _queued)];
            part.CopyTo(_queue.AsSpan(_queued));
            _queued += part.Length;
            bytes = bytes[part.Length..];
            if (!bytes.IsEmpty)
            {
                Thread.Sleep(_tick); // the line's time passes
            }
        }

        Pump(deadline);
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        while (true)
        {
            Pump(deadline);
            var room = (int)Math.Min(_in.Bytes(), buffer.Length);
            if (room > 0)
            {
                // While bytes wait to go out, nobody sleeps for long.
                var count = inner.Read(buffer[..room], _queued > 0 ? deadline.NoLaterThan(_tick) : deadline);
                _in.Take(count);
                if (count > 0)
                {
                    return count;
                }
            }
            else if (!deadline.HasPassed)
            {
                Thread.Sleep(_tick);
            }

            if (deadline.HasPassed)
            {
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private void Pump(Deadline deadline)
    {
        var count = (int)Math.Min(_out.Bytes(), _queued);
        if (count > 0)
        {
            inner.Write(_queue.AsSpan(0, count), deadline);
            _queue.AsSpan(count, _queued - count).CopyTo(_queue);
            _queued -= count;
            _out.Take(count);
        }
    }

    /// <summary>One direction: how many bytes have had their time.</summary>
    private sealed class Line(long byteNs, TimeProvider time, TimeSpan slack)
    {
        private readonly long _started = time.GetTimestamp();
        private long _freeNs;

        public long Bytes()
        {
            var nowNs = (long)time.GetElapsedTime(_started).TotalNanoseconds;
            _freeNs = Math.Max(_freeNs, nowNs - (long)slack.TotalNanoseconds);
            return Math.Max(0, (nowNs - _freeNs) / byteNs);
        }

        public void Take(int bytes) => _freeNs += bytes * byteNs;
    }
}
