namespace HilBench.Links;

/// <summary>Moves bytes between one end of a link and its carrier, by one clock.</summary>
internal sealed class LinkPump(LinkEngine engine, ICarrier carrier, TimeProvider time)
{
    private static readonly TimeSpan _writePatience = TimeSpan.FromSeconds(2);

    private readonly byte[] _out = new byte[16 * 1024];
    private readonly byte[] _in = new byte[16 * 1024];
    private readonly long _start = time.GetTimestamp();

    /// <summary>Microseconds since this was made.</summary>
    public long NowUs => (long)((Int128)(time.GetTimestamp() - _start) * 1_000_000 / time.TimestampFrequency);

    /// <summary>Sends all that is due.</summary>
    public void Transmit()
    {
        var length = 0;
        while (engine.TryTransmit(NowUs, out var wire))
        {
            if (wire.Length > _out.Length - length)
            {
                Write(length);
                length = 0;
            }

            wire.CopyTo(_out.AsSpan(length));
            length += wire.Length;
        }

        if (length > 0)
        {
            Write(length);
        }
    }

    /// <summary>Waits for bytes until the deadline, or until something is due by time, and hands them to the engine.</summary>
    public void Receive(Deadline deadline)
    {
        if (engine.NextTimerUs is var timer && timer != long.MaxValue)
        {
            deadline = deadline.NoLaterThan(TimeSpan.FromMicroseconds(Math.Max(0, timer - NowUs)));
        }

        while (carrier.Read(_in, deadline) is var count and > 0)
        {
            engine.Receive(_in.AsSpan(0, count), NowUs);
            if (count < _in.Length)
            {
                return;
            }

            deadline = Deadline.Now;
        }
    }

    private void Write(int length) => carrier.Write(_out.AsSpan(0, length), Deadline.After(time, _writePatience));
}
