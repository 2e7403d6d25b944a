using System.Buffers.Binary;
using HilBench.Journal;

namespace HilBench.Links;

/// <summary>Measures a link by ECHO: round trips one by one, then as many as the grants allow.</summary>
/// <param name="link">With a session to a board that knows ECHO.</param>
/// <param name="time">The clock.</param>
/// <param name="payloadBytes">Bytes of each ECHO, 4 or more.</param>
public sealed class LinkProbe(HostLink link, TimeProvider time, int payloadBytes)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly byte[] _payload = Pattern(payloadBytes);
    private uint _sent;
    private uint _returned;

    /// <summary>ECHOs that came back altered, twice, or in another order: always 0 unless one of the two ends is wrong.</summary>
    public int Wrong { get; private set; }

    /// <summary>One ECHO after the other.</summary>
    /// <param name="wait">For how long.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The round trips in microseconds, shortest first.</returns>
    public IReadOnlyList<double> MeasureRoundTrips(TimeSpan wait, CancellationToken cancel)
    {
        var micros = new List<double>();
        var end = Deadline.After(time, wait);
        while (!end.HasPassed && !cancel.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            Send();
            AwaitAll();
            micros.Add(time.GetElapsedTime(started).TotalMicroseconds);
        }

        micros.Sort();
        return micros;
    }

    /// <summary>As many ECHOs as the board grants. The time begins when the first one is back: the line is full then.</summary>
    /// <param name="wait">For how long.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Bytes of payload that came back, each second.</returns>
    public double MeasureThroughput(TimeSpan wait, CancellationToken cancel)
    {
        var (before, first) = (_returned, _returned);
        var (started, last) = (0L, 0L);
        var end = Deadline.After(time, _patience);
        link.BeginWait();
        while (!end.HasPassed && !cancel.IsCancellationRequested)
        {
            while (link.Room > 0)
            {
                Send();
            }

            link.Wait(end);
            var known = _returned;
            Take();
            if (_returned == known)
            {
                continue;
            }

            last = time.GetTimestamp();
            if (known == before)
            {
                (first, started) = (_returned, last);
                end = Deadline.After(time, wait);
            }
        }

        var bytes = (_returned - first) * (double)payloadBytes;
        AwaitAll();
        return last == started ? 0 : bytes / time.GetElapsedTime(started, last).TotalSeconds;
    }

    /// <summary>The board's counters; null when it does not tell.</summary>
    public IReadOnlyList<uint>? BoardCounters()
    {
        if (!link.Board.Features.HasFlag(BoardFeatures.Counters))
        {
            return null;
        }

        var results = link.Request([(byte)BoardOperation.Counters], _patience);
        var counters = new uint[results.Length / sizeof(uint)];
        for (var i = 0; i < counters.Length; i++)
        {
            counters[i] = BinaryPrimitives.ReadUInt32LittleEndian(results[(sizeof(uint) * i)..]);
        }

        return counters;
    }

    /// <summary>How many bits are altered, as far as broken frames tell: bits of one direction for each altered one.</summary>
    /// <param name="broken">Broken frames.</param>
    /// <param name="good">Good frames.</param>
    /// <param name="bytes">Bytes of all of them on the carrier.</param>
    public static double BitErrorRate(long broken, long good, long bytes)
    {
        var frames = (double)(broken + good);
        return broken == 0 || bytes == 0 ? 0 : -Math.Log(1 - (broken / (frames + 1))) / (8 * bytes / frames);
    }

    /// <summary>Bytes of payload that a line can carry each second in one direction, when frames of this payload follow without a gap.</summary>
    /// <param name="byteNs">Nanoseconds that a byte takes.</param>
    /// <param name="payload">Bytes of payload in each frame.</param>
    public static double PayloadLimit(long byteNs, int payload) =>
        1e9 / byteNs * payload / (Cobs.MaxEncoded(payload + LinkLimits.FrameOverhead) + 2);

    private static byte[] Pattern(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, sizeof(uint));
        return [.. Enumerable.Range(0, bytes).Select(i => (byte)(i * 37))];
    }

    private void Send()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_payload, _sent++);
        link.TrySend(FrameKind.Echo, _payload);
    }

    private void AwaitAll()
    {
        link.BeginWait();
        var deadline = Deadline.After(time, _patience);
        while (_returned != _sent)
        {
            link.Wait(deadline);
            var known = _returned;
            Take();
            if (_returned != known)
            {
                deadline = Deadline.After(time, _patience);
            }
            else if (deadline.HasPassed)
            {
                throw link.GiveUp(new BenchException(
                    BenchLayer.Link, $"{link.Name}: the board does not send back what it is sent", "Its ECHO is broken."));
            }
        }
    }

    private void Take()
    {
        while (link.HasMessage)
        {
            var payload = link.FirstMessage(out var kind);
            if (kind == FrameKind.Echoed)
            {
                var isRight = payload.Length == payloadBytes
                    && BinaryPrimitives.ReadUInt32LittleEndian(payload) == _returned
                    && payload[sizeof(uint)..].SequenceEqual(_payload.AsSpan(sizeof(uint)));
                Wrong += isRight ? 0 : 1;
                _returned++;
            }

            link.RemoveMessage();
        }
    }
}
