using System.Runtime.InteropServices;
using HilBench.Journal;

namespace HilBench.Links.Native;

/// <summary>
/// Moves bytes through a non-blocking file descriptor: a tty or a socket. Does not own it. What comes in while a write
/// waits is kept.
/// </summary>
/// <param name="descriptor">Non-blocking.</param>
/// <param name="name">For messages.</param>
/// <param name="advice">What to do when the other side is gone.</param>
internal sealed unsafe class DescriptorStream(SafeHandle descriptor, string name, string advice)
{
    private const int KeptStep = 4096;

    private byte[] _kept = new byte[1 << 16];
    private int _keptStart;
    private int _keptCount;
    private bool _isGone;

    /// <summary>Reads what is there; 0 only when the deadline passed.</summary>
    public int Read(Span<byte> buffer, Deadline deadline)
    {
        if (_keptCount > 0)
        {
            var count = Math.Min(_keptCount, buffer.Length);
            _kept.AsSpan(_keptStart, count).CopyTo(buffer);
            _keptStart += count;
            _keptCount -= count;
            return count;
        }

        while (true)
        {
            var seen = Poll(LibC.In, deadline);
            if (seen == 0)
            {
                return 0;
            }

            if (TryRead(buffer, out var count))
            {
                return count;
            }

            if ((seen & LibC.Gone) != 0)
            {
                throw IsGone();
            }
        }
    }

    /// <summary>Writes until all is written or the deadline has passed.</summary>
    /// <returns>Bytes written.</returns>
    public int Write(ReadOnlySpan<byte> bytes, Deadline deadline)
    {
        var written = 0;
        if (_isGone)
        {
            throw IsGone(); // a socket would still take bytes
        }

        while (written < bytes.Length)
        {
            fixed (byte* start = bytes[written..])
            {
                var count = LibC.write(descriptor, start, (nuint)(bytes.Length - written));
                if (count > 0)
                {
                    written += (int)count;
                    continue;
                }
            }

            if (Marshal.GetLastPInvokeError() is not (LibC.TryAgain or LibC.Interrupted))
            {
                throw IsGone();
            }

            var seen = Poll(LibC.In | LibC.Out, deadline);
            if (seen == 0)
            {
                return written;
            }

            if ((seen & LibC.In) != 0)
            {
                Keep();
            }

            if ((seen & LibC.Gone) != 0)
            {
                throw IsGone();
            }
        }

        return written;
    }

    private BenchException IsGone()
    {
        _isGone = true;
        return new(BenchLayer.Cable, $"{name}: the other side is gone", advice);
    }

    private void Keep()
    {
        if (_kept.Length - _keptStart - _keptCount < KeptStep)
        {
            var room = 2 * _keptCount > _kept.Length - KeptStep ? new byte[2 * _kept.Length] : _kept;
            _kept.AsSpan(_keptStart, _keptCount).CopyTo(room);
            (_kept, _keptStart) = (room, 0);
        }

        if (TryRead(_kept.AsSpan(_keptStart + _keptCount), out var count))
        {
            _keptCount += count;
        }
    }

    /// <summary>False when there is nothing to read now. End of file and errors are the other side's going away.</summary>
    private bool TryRead(Span<byte> buffer, out int count)
    {
        fixed (byte* start = buffer)
        {
            count = (int)LibC.read(descriptor, start, (nuint)buffer.Length);
        }

        if (count > 0)
        {
            return true;
        }

        return count < 0 && Marshal.GetLastPInvokeError() is LibC.TryAgain or LibC.Interrupted ? false : throw IsGone();
    }

    /// <summary>Waits. 0: the deadline passed.</summary>
    private short Poll(short wanted, Deadline deadline)
    {
        while (true)
        {
            var left = deadline.Left;
            var entry = new LibC.PollEntry { Descriptor = (int)descriptor.DangerousGetHandle(), Wanted = wanted };
            var timeout = new LibC.TimeSpecification
            {
                Seconds = left.Ticks / TimeSpan.TicksPerSecond,
                Nanoseconds = left.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
            };
            var result = LibC.ppoll(&entry, 1, &timeout, null);
            if (result > 0)
            {
                return entry.Seen;
            }

            if (result == 0 && deadline.HasPassed)
            {
                return 0;
            }

            if (result < 0 && Marshal.GetLastPInvokeError() != LibC.Interrupted)
            {
                throw IsGone();
            }
        }
    }
}
